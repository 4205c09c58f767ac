"""How participants are told apart, whichever way they are counted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, func

from services.reporting.subjects.sources import Sources
from services.reporting.subjects.subject import Dimension, key_column

OF_PARTICIPANTS: Mapping[Dimension, str] = {
    "gender": "gender",
    "participant-country": "country",
    "organisation": "organisation",
}
"""The dimensions that tell participants apart, with their columns in the facts."""

NOT_FEMALE = "not-female"
"""The gender of the people in a headcount who are not its women: not known to be men, but known not to be women."""


def of_participants(by: Sequence[Dimension]) -> list[Dimension]:
    return [name for name in by if name in OF_PARTICIPANTS]


def group_of(facts: Sources, name: Dimension, people: FromClause) -> ColumnElement[Any]:
    """The group of registrations or cells; organisations that were merged stand under the one that stands for them."""
    told: ColumnElement[Any] = people.c[OF_PARTICIPANTS[name]]
    if name == "organisation":
        told = func.coalesce(cast(facts.organisations.c.merged_into, Text), told)
    return told.label(key_column(name))


def with_organisations(people: FromClause, facts: Sources, by: Sequence[Dimension]) -> FromClause:
    """The people with what `group_of` needs of their organisations."""
    if "organisation" not in by:
        return people
    return people.outerjoin(facts.organisations, cast(facts.organisations.c.id, Text) == people.c.organisation)
