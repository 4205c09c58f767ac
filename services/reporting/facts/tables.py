"""The facts: one row for each version of an aggregate, with the time during which it was what we knew.

A table of versions only ever gains rows, so duplicates and disorder cannot hurt it. `known_from` is the time of the
event; `known_until` is the earliest time of any higher version, or null for the highest. So "as of T" and "now" are
the same question with another condition. What is unknown is null here, so that SQL's three-valued logic keeps "no" and
"not known" apart for us. All tables lie in a schema of their own, which a rebuild replaces as a whole.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.database import table_model

SCHEMA = "facts"
metadata = table_model().metadata
_CURRENT = text("known_until IS NULL")
_TOOK_PART = text("known_until IS NULL AND status = 'attended' AND role = 'participant'")


def _versions(name: str, key: Column[Any], *columns: Column[Any] | Index) -> Table:
    return Table(
        name,
        metadata,
        key,
        Column("version", Integer, primary_key=True),
        Column("known_from", DateTime(timezone=True), nullable=False),
        Column("known_until", DateTime(timezone=True)),
        *columns,
        schema=SCHEMA,
    )


programme = _versions(
    "programme",
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("short_name", JSONB, nullable=False),
    Column("countries", ARRAY(Text), nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("phases", JSONB, nullable=False),  # each with code, name, active_since (a day or null), components
)

organisation = _versions(
    "organisation",
    Column("id", Uuid, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("country", Text),
    Column("kind", Text),
    Column("merged_into", Uuid),
)

activity = _versions(
    "activity",
    Column("id", Uuid, primary_key=True),
    Column("programme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("component", Text),
    Column("kind", Text, nullable=False),
    Column("scope", Text),
    Column("delivery", Text),
    Column("status", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("starts", Text),  # as it is written; the two days below are what it can mean
    Column("ends", Text),
    Column("starts_earliest", Date),
    Column("starts_latest", Date),
    Column("countries", ARRAY(Text)),
    Column("headcount", Integer),
    Column("headcount_women", Integer),
    Column("headcount_by_country", JSONB),
    Column("headcount_precision", Text),
    Column("digest", BigInteger, nullable=False),  # of id and version: names this state in a figure's hash
    Index("ix_activity_current", "programme", "phase", postgresql_where=_CURRENT),
)

registration = _versions(
    "registration",
    Column("id", Uuid, primary_key=True),
    Column("activity_id", Uuid, nullable=False),
    Column("programme", Text, nullable=False),
    Column("person_key", Text(collation="C"), nullable=False),
    Column("role", Text, nullable=False),
    Column("gender", Text),
    Column("country", Text),
    Column("organisation", Text),  # the organisation's id where it is known, else its name as it was given
    Column("status", Text, nullable=False),
    Index("ix_registration_current", "activity_id", postgresql_where=_CURRENT),
    # Who took part in an activity, and in which activities somebody took part: both without a look at the rows.
    Index("ix_registration_activity", "activity_id", "programme", "person_key", postgresql_where=_TOOK_PART),
    Index("ix_registration_person", "programme", "person_key", "activity_id", postgresql_where=_TOOK_PART),
)

output = _versions(
    "output",
    Column("id", Uuid, primary_key=True),
    Column("programme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("phase", Text),
    Column("component", Text),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("day_earliest", Date),  # of the furthest step
    Column("day_latest", Date),
    Column("countries", ARRAY(Text)),  # of those who received it
    Column("digest", BigInteger, nullable=False),
    Index("ix_output_current", "programme", "phase", postgresql_where=_CURRENT),
)

cell = Table(
    "cell",
    metadata,
    Column("activity_id", Uuid, nullable=False, index=True),
    Column("gender", Text),
    Column("country", Text),
    Column("people", Integer, nullable=False),
    schema=SCHEMA,
)
"""How many of those who took part in an activity are alike; so a figure by gender or country never walks over
registrations.

Not by organisation: there are as many as guests, and the cells of an activity would soon be as many, too.
"""

attendance = Table(
    "attendance",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("people", Integer, nullable=False),
    Column("women", Integer, nullable=False),
    Column("gender_known", Integer, nullable=False),
    schema=SCHEMA,
)
"""The participants of an activity who attended, by registration: its cells summed up once more."""

first_attendance = Table(
    "first_attendance",
    metadata,
    Column("person_key", Text(collation="C"), primary_key=True),
    Column("programme", Text, primary_key=True),
    Column("phase", Text, primary_key=True),
    Column("activity_id", Uuid, primary_key=True, index=True),
    Column("of_programme", Boolean, primary_key=True),
    schema=SCHEMA,
)
"""The held activity of each phase in which a person took part first, and whether it is the first of the programme."""

newcomers = Table(
    "newcomers",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("of_programme", Integer, nullable=False),
    Column("of_phase", Integer, nullable=False),
    schema=SCHEMA,
)
"""For how many people an activity was the first; added up, the different people of whole programmes and phases."""

released = Table(
    "released",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("known_from", DateTime(timezone=True), primary_key=True),
    Column("known_until", DateTime(timezone=True)),
    Column("numbers", JSONB, nullable=False),
)
"""What those outside the house were told of the people in an activity, and until when. It stands apart from the facts:
what was told cannot be taken back, so no rebuild makes it again. See `subjects.released`.
"""

VERSIONED = (programme, organisation, activity, registration, output)
DERIVED = (cell, attendance, first_attendance, newcomers)
FACTS = (*VERSIONED, *DERIVED)


def key_of(table: Table) -> Column[Any]:
    """The column that says which aggregate a row of a table of versions is about."""
    key: Column[Any] = next(iter(table.primary_key.columns))
    return key


def known_at(table: FromClause, moment: datetime | ColumnElement[datetime] | None) -> ColumnElement[bool]:
    """What was known at that moment: of each aggregate the highest version told of by then; now, if `None`."""
    if moment is None:
        return table.c.known_until.is_(None)
    return (table.c.known_from <= moment) & or_(table.c.known_until.is_(None), table.c.known_until > moment)
