"""What all tables of the registry are made of: aggregates with a version, typed JSON columns, and commands.

An aggregate is what an event tells of: its row is locked before it is changed and its version counts the changes, so
that events of one aggregate are written in the order of their versions and nobody overwrites what they did not see.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, StringConstraints, TypeAdapter, model_validator
from sqlalchemy import Index, bindparam, inspect, text, types
from sqlalchemy import Text as TextColumn
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel, select
from sqlmodel.sql.expression import SelectOfScalar

from shared.contracts.fuzzy_dates import FuzzyDate
from shared.database import Session, table_model
from shared.errors import NotFound, Stale
from shared.identity import Actor


class Table(SQLModel):
    """What each table of the registry is declared with; two services may have tables of one name in one process."""

    metadata = table_model().metadata


Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Json(types.TypeDecorator[Any]):
    """A JSONB column that holds values of one type and gives them back as that type."""

    impl = JSONB
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__(none_as_null=True)
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        """Value → JSON in one step."""
        dump = self._adapter.dump_json
        return lambda value: None if value is None else dump(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._adapter.validate_python(value)


class Fuzzy(types.TypeDecorator[FuzzyDate]):
    """A fuzzy date, kept as it was written."""

    impl = TextColumn
    cache_ok = True

    def process_bind_param(self, value: FuzzyDate | None, dialect: Dialect) -> str | None:
        return None if value is None else value.text

    def process_result_value(self, value: str | None, dialect: Dialect) -> FuzzyDate | None:
        return None if value is None else FuzzyDate.parse(value)


class Command(SQLModel):
    """What somebody asks for. A field that is not known is refused: a typing error must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def _can_be_stored(cls, data: Any) -> Any:
        if _holds_null_character(data):
            raise ValueError("a text holds the character U+0000, which no text needs: remove it")
        return data


def _holds_null_character(data: Any) -> bool:
    match data:
        case str():
            return "\x00" in data
        case dict():
            return any(_holds_null_character(part) for pair in data.items() for part in pair)
        case list() | tuple():
            return any(_holds_null_character(part) for part in data)
    return False


class Change(Command):
    """A command to something that exists.

    `seen_version` is the version that the person had before their eyes; `None` changes whatever is there.
    """

    seen_version: int | None = None


class Aggregate(SQLModel):
    """Something with a version. Its rules change it and call `changed`; `record` then tells of it."""

    not_found: ClassVar[type[NotFound]] = NotFound

    version: int = 1
    created_at: AwareDatetime
    updated_at: AwareDatetime

    def differing(self, new: Mapping[str, Any]) -> set[str]:
        """The fields that are not what they are said to be."""
        return {name for name, value in new.items() if getattr(self, name) != value}

    def take(self, new: Mapping[str, Any], at: datetime) -> set[str]:
        """Make fields what they are said to be, and count the change. Which ones changed; none, and nothing is new."""
        changes = self.differing(new)
        for name in changes:
            setattr(self, name, new[name])
        if changes:
            self.derive()
            self.changed(at)
        return changes

    def derive(self) -> None:
        """Derive what follows from the fields, and see that they do not contradict each other."""

    def concerns(self) -> tuple[str | None, ...]:
        """The countries it concerns; none where it is about the programme as a whole."""
        return ()

    def hidden_from(self, actor: Actor) -> Collection[str]:
        """The fields that are not for an actor who may see the rest."""
        return ()

    def changed(self, at: datetime) -> None:
        """Count the change. Time never runs backwards within one aggregate, even where a clock does."""
        self.version += 1
        self.updated_at = max(at, self.updated_at)

    def refuse_if_stale(self, seen: int | None) -> None:
        """Raises: Stale, when it was changed after version `seen`; `None` takes it as it is."""
        if seen is not None and self.version != seen:
            raise Stale(
                f"You saw version {seen}, it is version {self.version} now: read it again and repeat your change."
            )


def one_of_a_code(table: str) -> Index:
    """One record of each code in a programme. What was entered by mistake leaves its code to the next."""
    where = text("NOT entered_by_mistake")
    return Index(f"uq_{table}_programme_code", "programme", "code", unique=True, postgresql_where=where)


def fields_of(kind: type[SQLModel], description: SQLModel) -> dict[str, Any]:
    """What a description says, field by field of `kind`."""
    return {name: getattr(description, name) for name in kind.model_fields}


A = TypeVar("A", bound=Aggregate)


async def existing(session: Session, kind: type[A], key: UUID | str, *, actor: Actor) -> A:
    """Read an aggregate, as the actor may see it.

    Raises:
        NotFound: nothing that the actor may see has this key (each kind has its own error).
    """
    return as_seen(_found(kind, key, await session.get(kind, key), actor), actor)


def as_seen(one: A, actor: Actor) -> A:
    """What an actor may see of an aggregate: itself, or a copy that no session writes, without what is not for them.

    Each door that shows something leads through `existing`, a `Listing` or `history`, which all ask this.
    """
    if not (hidden := one.hidden_from(actor)):
        return one
    kind = type(one)
    return kind(**{name: getattr(one, name) for name in kind.model_fields} | dict.fromkeys(hidden))


async def locked(session: Session, kind: type[A], key: UUID | str, *, actor: Actor, seen: int | None = None) -> A:
    """Read an aggregate and keep everybody else from changing it until the transaction ends.

    Raises:
        NotFound: nothing that the actor may see has this key (each kind has its own error).
        Stale: it was changed after version `seen`.
    """
    found = await _hold(session, kind, key, actor, shared=False)
    found.refuse_if_stale(seen)
    return found


async def share_locked(session: Session, kind: type[A], key: UUID | str, *, actor: Actor) -> A:
    """Read an aggregate that others may read and nobody may change until the transaction ends.

    Raises:
        NotFound: nothing that the actor may see has this key.
    """
    return await _hold(session, kind, key, actor, shared=True)


async def _hold(session: Session, kind: type[A], key: UUID | str, actor: Actor, *, shared: bool) -> A:
    found: A | None = (await session.exec(_holding(kind, shared), params={"key": key})).one_or_none()
    return _found(kind, key, found, actor)


@cache
def _holding(kind: type[A], shared: bool) -> SelectOfScalar[A]:
    """Built once for each kind: `Session.get` would build it again each time."""
    [key] = inspect(kind).primary_key
    chosen = select(kind).where(key == bindparam("key")).execution_options(populate_existing=True)
    return chosen.with_for_update(read=True) if shared else chosen.with_for_update(key_share=True)


def _found(kind: type[A], key: UUID | str, found: A | None, actor: Actor) -> A:
    if found is None or not actor.may("viewer", programme=programme_of(found)):
        raise kind.not_found(f"Nothing here has the key {key}.")
    return found


def programme_of(one: Aggregate) -> str | None:
    """The programme that something belongs to; a programme is its own, and an account belongs to none."""
    programme: str | None = getattr(one, "programme", None) or getattr(one, "code", None)
    return programme


def one_line(name: str) -> str:
    """A name as it is compared: case and runs of spaces make no difference."""
    return " ".join(name.split()).casefold()
