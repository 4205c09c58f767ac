"""Lists: one way to filter, sort, page and count the rows of a table, for the API, the pages and files alike.

A page begins after the last row of the one before (its place in the order, and its key), not at a number: a row that
is added or removed in between neither hides nor repeats another. The cursor says from which list and order it is, so
that a cursor of another list is refused and never misread.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, TypeDecorator, and_, false, func, literal, or_, select, tuple_

from shared.database.connection import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.spelling import searchable

R = TypeVar("R")

Condition = Callable[[Any], ColumnElement[bool]]
"""The value of a filter → which rows fit."""

Private = Callable[[Actor, Any], ColumnElement[bool]]
"""Who asks, and the value of a filter → which rows fit."""

_BATCH = 500


class BadCursor(DomainError):
    """The cursor does not belong to this list and order: start from the first page."""

    status = 400
    slug = "bad-cursor"


class UnknownOrder(DomainError):
    """The list cannot be sorted like this: choose one of its orders."""

    slug = "unknown-order"


@dataclass(frozen=True)
class Page(Generic[R]):
    """A page of a list; `next` is the cursor of the following one, or nothing on the last."""

    items: Sequence[R]
    next: str | None


def _first(row: Any) -> Any:
    return row[0]


def _whole(item: Any, actor: Actor) -> Any:
    return item


def _everything(actor: Actor) -> Iterable[ColumnElement[bool]]:
    return ()


@dataclass(frozen=True)
class Listing(Generic[R]):
    """A list that can be asked for.

    Args:
        name: what the list is called in its cursors.
        rows: the statement that finds all rows.
        key: the column that tells rows apart.
        orders: the columns that the list can be sorted by, each without nulls, by name.
        default: the order when none is asked for; `-` is descending.
        filters: the field of the question → which rows fit its value. Several fields mean all of them.
        private: the same of fields whose answer depends on who asks.
        read: a row of the statement → what the list holds; the first column where nothing is said.
        reach: the rows that an actor may see at all.
        seen: what an actor may see of a row that is theirs to see.
        values: of the parameters of the statement, where it has some.
    """

    name: str
    rows: Any  # a Select of SQLAlchemy or SQLModel
    key: Any  # columns: of a model or of an expression
    orders: Mapping[str, Any]
    default: str
    filters: Mapping[str, Condition]
    private: Mapping[str, Private] = field(default_factory=dict)
    read: Callable[[Any], R] = _first
    reach: Callable[[Actor], Iterable[ColumnElement[bool]]] = _everything
    seen: Callable[[R, Actor], R] = _whole
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sorts(self) -> tuple[str, ...]:
        """Each order, upwards and downwards."""
        return tuple(f"{sign}{name}" for name in self.orders for sign in ("", "-"))

    def order(self, asked: str | None) -> str:
        """The order that is asked for, or the default. Raises: UnknownOrder"""
        order = asked or self.default
        if order not in self.sorts:
            raise UnknownOrder(f"'{order}' is none of: {', '.join(self.sorts)}.", field="sort")
        return order

    async def find(
        self,
        session: Session,
        sought: BaseModel | None,
        *,
        actor: Actor,
        sort: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[R]:
        """The rows that fit and that the actor may see, in the order of `sort`, those after the cursor `after`.

        Raises:
            UnknownOrder: the list has no such order.
            BadCursor: `after` is not from this list in this order.
        """
        sort = self.order(sort)
        place = (self.orders[sort.removeprefix("-")], self.key)
        descending = sort.startswith("-")
        query = self.rows.where(*self._conditions(sought, actor)).add_columns(*place)
        if after is not None:
            last = tuple_(
                *(literal(value, column.type) for value, column in zip(self._read(after, sort), place, strict=True))
            )
            query = query.where(tuple_(*place) < last if descending else tuple_(*place) > last)
        query = query.order_by(*(column.desc() if descending else column.asc() for column in place)).limit(limit + 1)
        found = (await session.execute(query, self.values)).all()
        more = self._write(sort, found[limit - 1]) if len(found) > limit else None
        return Page([self.seen(self.read(row), actor) for row in found[:limit]], more)

    async def count(self, session: Session, sought: BaseModel | None, *, actor: Actor) -> int:
        """How many rows fit, on all pages together."""
        fitting = self.rows.with_only_columns(self.key).where(*self._conditions(sought, actor)).subquery()
        return (await session.execute(select(func.count()).select_from(fitting), self.values)).scalar_one()

    async def all(
        self,
        transaction: Callable[[], AbstractAsyncContextManager[Session]],
        sought: BaseModel | None,
        *,
        actor: Actor,
        sort: str | None = None,
    ) -> AsyncIterator[R]:
        """All rows that fit, read in batches, each in a transaction of its own: a slow reader holds nothing open."""
        after = None
        while True:
            async with transaction() as session:
                page = await self.find(session, sought, actor=actor, sort=sort, after=after, limit=_BATCH)
            for item in page.items:
                yield item
            if (after := page.next) is None:
                return

    def _conditions(self, sought: BaseModel | None, actor: Actor) -> list[ColumnElement[bool]]:
        given = {name: value for name in (*self.filters, *self.private) if (value := _given(sought, name)) is not None}
        conditions = [fits(given[name]) for name, fits in self.filters.items() if name in given]
        conditions += [fits(actor, given[name]) for name, fits in self.private.items() if name in given]
        return [*conditions, *self.reach(actor)]

    def _write(self, sort: str, last: Any) -> str:
        value, key = last[-2:]
        position = TypeAdapter(list[Any]).dump_json([self.name, sort, value, key])
        return urlsafe_b64encode(position).decode().rstrip("=")

    def _read(self, cursor: str, sort: str) -> tuple[Any, Any]:
        types = (_kept_as(self.orders[sort.removeprefix("-")]), _kept_as(self.key))
        try:
            name, of_sort, value, key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if (name, of_sort) != (self.name, sort):
                raise BadCursor(
                    f"It is from the list of {name} sorted by {of_sort}: start from the first page.", field="after"
                )
            return TypeAdapter(types[0]).validate_python(value, strict=False), TypeAdapter(types[1]).validate_python(
                key
            )
        except (ValueError, TypeError, AttributeError, ValidationError) as error:
            raise BadCursor(field="after") from error


def _kept_as(column: Any) -> Any:
    """The type of a column's values; a type that decorates another one does not say it."""
    of = column.type
    return (of.impl if isinstance(of, TypeDecorator) else of).python_type


def _given(sought: BaseModel | None, name: str) -> Any:
    value = getattr(sought, name, None)
    return None if value in (None, "", (), []) else value


def equals(column: Any) -> Condition:
    return lambda value: column == value


def any_of(column: Any) -> Condition:
    def fits(values: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = column.in_(values)
        return condition

    return fits


def has_words(*columns: Any) -> Condition:
    """Each word is in one of the columns, which hold what `searchable` makes of their texts."""

    def fits(text: str) -> ColumnElement[bool]:
        words = searchable(text).split()
        return and_(*(or_(*(column.contains(word) for column in columns)) for word in words)) if words else false()

    return fits


def holds(column: Any) -> Condition:
    """An array that contains the value."""
    return lambda value: column.contains([value])
