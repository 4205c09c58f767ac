"""Countries that exist: the territories of Unicode's CLDR, as Babel has them, are what a code is checked against."""

from functools import cache
from typing import Annotated

from babel import Locale
from pydantic import AfterValidator

from shared.contracts.activities import Headcount, Place
from shared.contracts.base import CountryCode

_NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}  # unions, "unknown" and what is for testing


@cache
def countries() -> frozenset[str]:
    """All codes (ISO 3166-1 alpha-2)."""
    territories = Locale("en").territories
    return frozenset(code for code in map(str, territories) if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


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


Country = Annotated[CountryCode, AfterValidator(_known)]
KnownPlace = Annotated[Place, AfterValidator(_place_known)]
KnownHeadcount = Annotated[Headcount, AfterValidator(_headcount_known)]
