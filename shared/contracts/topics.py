"""The topics: what each is called, whose state it carries, which events it knows. The bus's table of contents."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.access import Access
from shared.contracts.activities import Activity
from shared.contracts.base import Versioned
from shared.contracts.contacts import Contact
from shared.contracts.organisations import Organisation
from shared.contracts.outputs import Output
from shared.contracts.participants import Registration
from shared.contracts.programmes import Programme

Audience = Literal["public", "private"]

PARTITIONS = 6
"""How many consumers of one group can share the work; changing it later would move keys between partitions."""

DAYS_OF_EVENTS = 30
"""So long each event of a public topic stays; then the latest of each key, for ever."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A stream of states, keyed by aggregate.

    Attributes:
        name: the topic's name on Kafka, version included.
        state: the contract that each record's value fulfils.
        key: the field of the state that is the record's key.
        events: the types it knows, without the prefix `org.registan.`; an unknown type is ignored and counted.
        audience: every subscriber may read a public topic; a private one has named readers.
        summary: one sentence for the catalogue.
        readers: the services that may read a private topic; empty for a public one, which anyone may read.
        writer: the only service that writes to it.
    """

    name: str
    state: type[Versioned]
    key: str
    events: tuple[str, ...]
    audience: Audience
    summary: str
    readers: tuple[str, ...] = ()
    writer: str = "registry"

    @property
    def noun(self) -> str:
        """What it is about: `activities` for `registan.activities.v1`."""
        return self.name.split(".")[1]

    @property
    def source(self) -> str:
        """Who speaks on it, as an event's source: `/registan/registry`."""
        return f"/registan/{self.writer}"


PROGRAMMES = Topic(
    "registan.programmes.v1",
    Programme,
    "code",
    ("programme-defined", "programme-updated"),
    "public",
    "Programmes with their tree of phases and components.",
)
ORGANISATIONS = Topic(
    "registan.organisations.v1",
    Organisation,
    "id",
    ("organisation-added", "organisation-updated", "organisation-merged"),
    "public",
    "Agencies, donors, implementers and partners.",
)
ACTIVITIES = Topic(
    "registan.activities.v1",
    Activity,
    "id",
    (
        "activity-created",
        "activity-updated",
        "activity-rescheduled",
        "activity-cancelled",
        "activity-completed",
        "activity-merged",
        "activity-reinstated",
    ),
    "public",
    "What a programme plans, holds, moves and cancels.",
)
PARTICIPANTS = Topic(
    "registan.participants.v1",
    Registration,
    "id",
    (
        "participant-registered",
        "participant-updated",
        "participant-attended",
        "participant-withdrawn",
        "participant-erased",
    ),
    "public",
    "Who takes part in what, under pseudonyms.",
)
OUTPUTS = Topic(
    "registan.outputs.v1",
    Output,
    "id",
    (
        "output-planned",
        "output-updated",
        "output-drafted",
        "output-translated",
        "output-handed-over",
        "output-dropped",
    ),
    "public",
    "Documents and things that activities lead to, from the plan to those they are made for.",
)
CONTACTS = Topic(
    "registan.contacts.v1",
    Contact,
    "person_key",
    ("contact-changed",),
    "private",
    "How persons can be reached; a null value erases.",
    readers=("notifications",),
)
ACCESS = Topic(
    "registan.access.v1",
    Access,
    "id",
    ("access-changed",),
    "private",
    "What accounts and tokens may do, in every service.",
    readers=("registry", "reporting", "notifications"),
)

TOPICS: tuple[Topic, ...] = (PROGRAMMES, ORGANISATIONS, ACTIVITIES, PARTICIPANTS, OUTPUTS, CONTACTS, ACCESS)
PUBLIC: tuple[Topic, ...] = tuple(topic for topic in TOPICS if topic.audience == "public")
