"""What all contracts share: how they read newer events, and the small vocabulary their fields are made of."""

from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}$"),
    Field(description="Language code, ISO 639 (`en`, `ru`)."),
]
CountryCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    Field(description="Country code, ISO 3166-1 alpha-2 (`KG`)."),
]
CurrencyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    Field(description="Currency code, ISO 4217 (`EUR`)."),
]
LocalisedText = Annotated[
    dict[Language, Annotated[str, StringConstraints(min_length=1)]],
    Field(description="The same text by language; a language that is absent is not known, never empty."),
]
LocalisedName = Annotated[
    LocalisedText,
    Field(min_length=1, description="A name by language, known in one language at least."),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Gender = Literal["female", "male", "other", "unknown"]


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError(f"'{name}' is not an IANA time zone: write one like Asia/Bishkek")
    return name


TimeZone = Annotated[
    str,
    AfterValidator(_known_time_zone),
    Field(description="Time zone, by its name in the IANA database.", examples=["Asia/Bishkek"]),
]


class Contract(BaseModel):
    """A public state. Unknown fields are ignored, so that an old subscriber can read a newer event."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Versioned(Contract):
    """What every aggregate's state carries."""

    version: Annotated[
        int,
        Field(ge=1, le=2**31 - 1, description="Grows by one with each change; the highest is the truth."),
    ]
    created_at: Annotated[AwareDatetime, Field(description="When the aggregate was first recorded (UTC).")]
    updated_at: Annotated[AwareDatetime, Field(description="When this version was recorded (UTC).")]


class OrganisationReference(Contract):
    """An organisation as an activity or a registration names it."""

    name: Annotated[str, Field(min_length=1, description="The name as it was given.")]
    id: Annotated[str | None, Field(description="The organisation's id where it is known to the registry.")] = None


class Money(Contract):
    """An amount in one currency. Amounts of different currencies are never added."""

    amount: Annotated[int, Field(ge=0, le=2**53 - 1, description="Whole units of the currency.")]
    currency: CurrencyCode


__all__ = [
    "Code",
    "Contract",
    "Count",
    "CountryCode",
    "CurrencyCode",
    "Gender",
    "Language",
    "LocalisedName",
    "LocalisedText",
    "Money",
    "OrganisationReference",
    "TimeZone",
    "Versioned",
]
