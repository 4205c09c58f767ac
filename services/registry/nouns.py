"""What the registry tells of: its table of contents.

A new noun is a row here. Whatever writes events, reads the journal or shows a history asks this table, so that no noun
has to enter itself anywhere else to be told of; tests hold it against the public topics.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.registry import contracts
from services.registry.models import (
    Activity,
    ActivityState,
    Aggregate,
    Organisation,
    OrganisationState,
    Output,
    OutputState,
    Programme,
    Registration,
)
from services.registry.words import activity, organisation, output, programme, registration
from services.registry.words.noun import Words
from shared.contracts import ACTIVITIES, ORGANISATIONS, OUTPUTS, PARTICIPANTS, PROGRAMMES, Event, Topic
from shared.contracts.base import Versioned
from shared.identifiers import new_id
from shared.identity import Role


@dataclass(frozen=True)
class Noun:
    """A kind of aggregate that everybody hears of.

    Attributes:
        path: its address among those of the API and the pages.
        model: its table.
        topic: where its events go.
        contract: what of it leaves the house.
        words: how it is spoken of.
        of: what its objects are made of, where that is more than rows of the table.
        hidden: fields of its public state that no history shows.
        readers: the least role that may see the history of one.
    """

    path: str
    model: type[Aggregate]
    topic: Topic
    contract: Callable[[Any], Versioned]
    words: Words
    of: type[Aggregate] | None = None
    hidden: Collection[str] = ()
    readers: Role = "viewer"

    @property
    def name(self) -> str:
        """`activity`: what its table is called, and one of it in a sentence for programmers."""
        return str(self.model.__tablename__)

    @property
    def key(self) -> str:
        """The name of its key in an address."""
        return f"{self.name}_id" if self.topic.key == "id" else self.topic.key


PROGRAMME = Noun("programmes", Programme, PROGRAMMES, contracts.programme, programme.WORDS)
ORGANISATION = Noun(
    "organisations", Organisation, ORGANISATIONS, contracts.organisation, organisation.WORDS, of=OrganisationState
)
ACTIVITY = Noun("activities", Activity, ACTIVITIES, contracts.activity, activity.WORDS, of=ActivityState)
REGISTRATION = Noun(
    "registrations",
    Registration,
    PARTICIPANTS,
    contracts.registration,
    registration.WORDS,
    hidden=("person_key", "counted_as"),
    readers="coordinator",
)

OUTPUT = Noun("outputs", Output, OUTPUTS, contracts.output, output.WORDS, of=OutputState)

NOUNS = (PROGRAMME, ORGANISATION, ACTIVITY, REGISTRATION, OUTPUT)


@cache
def noun_of(kind: type[Aggregate]) -> Noun:
    """The noun that objects of a class belong to."""
    for noun in NOUNS:
        if issubclass(kind, noun.of or noun.model):
            return noun
    raise TypeError(f"{kind.__name__} stands in no row of NOUNS: nothing can be told of it")


def event_of(model: Aggregate, event_type: str) -> Event:
    """What happened to an aggregate, as the public hears it.

    Raises:
        UnknownEventType: its topic declares no such type.
    """
    noun = noun_of(type(model))
    state = noun.contract(model)
    key = str(getattr(state, noun.topic.key))
    return Event(
        id=new_id(),
        type=event_type,
        topic=noun.topic,
        source=noun.topic.source,
        time=model.updated_at,
        programme=getattr(model, "programme", key),  # a programme is its own
        data=state,
        key=key,
        sequence=model.version,
    )
