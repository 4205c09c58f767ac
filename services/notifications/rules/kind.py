"""What each kind of thing that is told offers: its cases, its rules, its writer. A kind is a value in `contents.py`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from services.notifications.facts.projection import Touched
from services.notifications.messages.letter import Letter, Recipient
from shared.contracts.programmes import Programme
from shared.database import Session

Said = Mapping[str, Any]
"""What a letter told, as it is kept beside the delivery; only its kind can read it."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """The change that gives rise to a letter: a version of what the rule is about, and its moment."""

    version: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that applies, and the occasion on which it does."""

    rule: str
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Rule:
    """The letter that a person needs.

    Attributes:
        name: also the name of its template and a part of a delivery's key.
        calendar: what it does to the person's calendar, an iTIP method (RFC 5546).
        together: what goes out as one notice: all letters about one change, or those of one day.
    """

    name: str
    calendar: Literal["REQUEST", "CANCEL"] | None
    together: Literal["change", "day"]


class Case(Protocol):
    """Everything known of one thing that one person may have to be told of."""

    @property
    def subject(self) -> UUID:
        """The key of the thing."""

    @property
    def recipient(self) -> str:
        """The person's key."""

    @property
    def activity_id(self) -> UUID | None:
        """The activity that the page of a notice leads to, where there is one."""

    @property
    def programme(self) -> str: ...

    @property
    def is_closed(self) -> bool:
        """Whether nobody may be written to at all."""

    @property
    def needs_no_words(self) -> bool:
        """Whether the person knows without a letter: they were there."""

    def is_over(self, at: datetime) -> bool:
        """Whether nobody needs to be told any more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that people are told.

    Attributes:
        rules: by name, in the order of importance.
        touched_by: the keys of the things that may look different after a batch.
        cases_of: everything known of these things.
        assumed: what the person of a case is held to know from before this database began, else `None`.
        due: the one letter that a person needs who may believe one of these; `None` stands for knowing nothing.
        write: the letter, and what it says in the form that `due` compares.
    """

    rules: Mapping[str, Rule]
    touched_by: Callable[[Session, Touched, datetime], Awaitable[Sequence[UUID]]]
    cases_of: Callable[[Session, Iterable[UUID]], Awaitable[Sequence[Any]]]
    assumed: Callable[[Any, datetime], Said | None]
    due: Callable[[Any, Sequence[Said | None]], Due | None]
    write: "Writer"


class Writer(Protocol):
    """Facts → letter."""

    def __call__(
        self,
        case: Any,
        due: Due,
        *,
        programme: Programme,
        recipient: Recipient,
        beliefs: Sequence[Said | None],
        at: datetime,
        sender: str,
    ) -> tuple[Letter, Said]:
        """The letter as things stand at `at`, coming from the address `sender`."""
