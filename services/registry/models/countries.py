"""Countries as they are taken at each door: by code or by a name that is known, and kept as a code."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from shared.contracts.activities import Headcount, Place
from shared.contracts.base import CountryCode
from shared.countries import countries, country_code


def _written(value: object) -> object:
    return country_code(value) or value if isinstance(value, str) and value not in countries() else value


def _known(code: str) -> str:
    if code not in countries():
        raise ValueError(f"'{code}' is not the code of a country: write one of ISO 3166-1, like KG")
    return code


def _place_known(place: Place) -> Place:
    if place.country is not None:
        _known(place.country)
    return place


def _headcount_known(headcount: Headcount) -> Headcount:
    for code in headcount.by_country:
        _known(code)
    return headcount


Country = Annotated[CountryCode, BeforeValidator(_written), AfterValidator(_known)]
KnownPlace = Annotated[Place, AfterValidator(_place_known)]
KnownHeadcount = Annotated[Headcount, AfterValidator(_headcount_known)]
