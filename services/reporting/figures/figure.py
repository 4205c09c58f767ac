"""A figure as it is given out: the number, and all that is needed to understand it, repeat it and look behind it."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.web.language import Text, in_each, lazy

Note = Literal[
    "countries-overlap",
    "people-overlap",
    "people-without-names",
    "headcounts-imprecise",
    "headcounts-contradicted",
    "headcounts-not-crossed",
    "small-numbers-hidden",
]

NOTES: Mapping[Note, Text] = {
    "countries-overlap": lazy(
        "An activity counts in each of its beneficiary countries: numbers by country overlap and must not be added up."
    ),
    "people-overlap": lazy("One person can be in several groups: the groups must not be added up."),
    "people-without-names": lazy(
        "Some people are known only as a head count; nobody can say how many different persons they are."
    ),
    "headcounts-imprecise": lazy(
        "Some head counts are estimates or lower bounds, and are counted as the number given."
    ),
    "headcounts-contradicted": lazy(
        "In some activities the head count and the names contradict each other: both stand until it is settled."
    ),
    "headcounts-not-crossed": lazy(
        "A head count tells genders and countries each for itself: those without a name stand here under what is "
        "not known."
    ),
    "small-numbers-hidden": lazy(
        "Outside the house, people are told of by activity, and some time after they were recorded. Numbers "
        "below 5 are hidden, and others that would give them away; a change of fewer than 5 is not shown."
    ),
}


class Answer(BaseModel):
    """A part of a figure."""

    model_config = ConfigDict(frozen=True)


class Share(Answer):
    """What a share is made of."""

    women: Annotated[int | None, Field(description="Women.")]
    known: Annotated[int | None, Field(description="The base of the share: those whose gender is known.")]
    people: Annotated[int | None, Field(description="All, those of unknown gender included.")]


class Unknown(Answer):
    """What may belong to the figure, and is not in its value."""

    number: Annotated[int | None, Field(description="How much may belong, in the unit of the value.")]
    reasons: Annotated[
        dict[str, int | None],
        Field(description="How much of it for which reason: of unknown day, component …; one thing may lack several."),
    ] = {}
    activities: Annotated[
        int, Field(description="How many of the activities counted say nothing about who, or how many, took part.")
    ] = 0


class Group(Answer):
    """One line of a figure that is broken down."""

    key: Annotated[dict[str, str | None], Field(description="Value by dimension; null is what is not known.")]
    value: int | float | None
    share: Share | None = None
    activities: Annotated[str, Field(description="Address of the activities that were counted here.")]


class Figure(Answer):
    """An answer to a question."""

    rule: Annotated[str, Field(examples=["thematic.v1"])]
    title: dict[str, str]
    sentence: Annotated[dict[str, str], Field(description="The counting rule in words, to stand beside the number.")]
    filters: dict[str, str]
    by: tuple[str, ...]
    as_of: Annotated[datetime | None, Field(description="What was known at this moment; null: what is known now.")]
    value: Annotated[
        int | float | None,
        Field(
            description="The figure; of a share, a number from 0 to 1; null when hidden, not known, or without a base."
        ),
    ]
    share: Share | None = None
    unknown: Unknown
    contradictions: Annotated[
        int, Field(description="In how many of the activities counted head count and names contradict each other.")
    ] = 0
    groups: tuple[Group, ...] = ()
    notes: dict[Note, dict[str, str]] = {}
    address: Annotated[str, Field(description="Where this figure is found again.")]
    activities: Annotated[str, Field(description="Address of the activities that were counted.")]
    public: Annotated[bool, Field(description="Whether small numbers of people are hidden.")] = False
    counted: Annotated[str, Field(description="A name of the versions of the activities that were counted.")] = ""
    hash: Annotated[
        str,
        Field(description="SHA-256 of question, answer and what was counted: the same when it is repeated."),
    ] = ""

    def sealed(self) -> Self:
        """The figure with its hash.

        The hash is over what is shown: a hash over hidden numbers would give them away to a reader who tries a few. It
        is over the fields that are named below and no others, so that new ones change no hash that was published.
        """
        told = self.model_dump(mode="json", include=_HASHED)
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return self.model_copy(update={"hash": sha256(text.encode()).hexdigest()})

    def with_notes(self, *notes: Note) -> Self:
        return self.model_copy(update={"notes": self.notes | {note: in_each(NOTES[note]) for note in notes}})


_HASHED: Any = {
    "rule": True,
    "filters": True,
    "by": True,
    "as_of": True,
    "value": True,
    "share": {"women", "known", "people"},
    "unknown": {"number", "reasons", "activities"},
    "groups": {"__all__": {"key": True, "value": True, "share": {"women", "known", "people"}, "activities": True}},
    "address": True,
    "activities": True,
    "public": True,
    "counted": True,
}
