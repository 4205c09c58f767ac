"""The page of a list: filtered, sorted, page by page, and the same list as a file.

The address says all there is to say about a list, so that it can be kept, sent and exported.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response, StreamingResponse

from shared.errors import DomainError
from shared.exports import BOM, MEDIA_TYPES, Cell, FileKind, csv_line, workbook
from shared.identity import Actor
from shared.listing import BadCursor, Listing, Page
from shared.web.forms import Form
from shared.web.language import Text, spoken
from shared.web.requests import service_of

R = TypeVar("R")

Look = Literal["text", "title", "number", "badge"]
"""How a column looks; a badge shows its words and the look that repeats them."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """A column of the page.

    Args:
        shown: what stands in it, a text or a part of a page; nothing is shown as not known, or as `unknown` says.
        order: the order that its heading chooses, where it has one.
        link: where a press on it leads.
    """

    heading: Text
    shown: Callable[[R], Any]
    look: Look = "text"
    order: str | None = None
    link: Callable[[R], str] | None = None
    unknown: Text | None = None


@dataclass(frozen=True)
class ListPage(Generic[R]):
    """How a list is asked for and shown.

    Args:
        listing: the list itself.
        filters: the model of its filters; those of a tuple take several values.
        columns: what the page shows of each row.
        file: what a file holds of each row, by its heading there.
        for_editors: the headings of what is left out for actors who are viewers everywhere.
    """

    listing: Listing[R]
    filters: type[BaseModel]
    columns: Sequence[Column[R]]
    file: Sequence[tuple[Text, Callable[[R], Cell]]]
    for_editors: Collection[Text] = ()

    def shows(self, heading: Text, actor: Actor) -> bool:
        return heading not in self.for_editors or actor.may("coordinator")

    @property
    def names(self) -> Sequence[str]:
        """The filters' names in the address."""
        return [of.alias or name for name, of in self.filters.model_fields.items()]

    def chosen(self, request: Request) -> Form:
        """The filters as the address says them."""
        return Form({name: request.query_params.getlist(name) for name in self.names})

    def sought(self, chosen: Form, known: Mapping[str, Any]) -> BaseModel:
        """Raises: ValidationError."""
        lists = {
            name: tuple(filter(None, chosen.all(name)))
            for name, of in self.filters.model_fields.items()
            if isinstance(of.default, tuple) and name not in known
        }
        return chosen.parse(self.filters, **lists, **known)


@dataclass(frozen=True)
class Listed(Generic[R]):
    """A page of a list, as a template shows it."""

    page: ListPage[R]
    actor: Actor
    address: str
    chosen: Form
    sort: str
    items: Sequence[R]
    total: int
    after: str
    more: str | None
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> Sequence[Column[R]]:
        return [column for column in self.page.columns if self.page.shows(column.heading, self.actor)]

    @property
    def filtered(self) -> bool:
        return any(self.chosen.value(name) for name in self.page.names if name not in self.known)

    @property
    def here(self) -> str:
        """The address of the list's first page."""
        return self._address()

    @property
    def first(self) -> str | None:
        """The first page, where this is another one."""
        return self._address() if self.after else None

    @property
    def next(self) -> str | None:
        return self._address(after=self.more) if self.more else None

    def file(self, kind: FileKind) -> str:
        """The same list as a file."""
        return self._address(f"{self.address}.{kind}")

    def sorted_by(self, order: str) -> str:
        """The list after a column's heading is pressed: by that column, or the other way round."""
        if self.sort.removeprefix("-") == order:
            return self._address(sort=order if self.sort.startswith("-") else f"-{order}")
        default = self.page.listing.default
        return self._address(sort=default if default.removeprefix("-") == order else order)

    def _address(self, address: str | None = None, *, sort: str | None = None, after: str | None = None) -> str:
        names = [name for name in self.page.names if name not in self.known]
        pairs = [(name, value) for name in names for value in self.chosen.all(name) if value]
        order = sort or self.sort
        if order != self.page.listing.default:
            pairs.append(("sort", order))
        if after:
            pairs.append(("after", after))
        query = urlencode(pairs)
        return (address or self.address) + (f"?{query}" if query else "")


async def listed(request: Request, actor: Actor, page: ListPage[R], *, address: str, **known: Any) -> Listed[R]:
    """The page of the list that the request asks for. A filter that cannot be read is marked, and nothing is listed.

    Args:
        address: of the list, without a query.
        known: filters that the address itself says.
    """
    chosen = page.chosen(request)
    asked = request.query_params.get("sort", "")
    sort = asked if asked in page.listing.sorts else page.listing.default
    after = request.query_params.get("after", "")
    found, total = Page[R]([], None), 0
    try:
        sought = page.sought(chosen, known)
        async with service_of(request).database.transaction() as session:
            found = await page.listing.find(session, sought, actor=actor, sort=sort, after=after or None)
            total = await page.listing.count(session, sought, actor=actor)
    except (ValidationError, BadCursor) as error:
        chosen.refused(error)
    return Listed(page, actor, address, chosen, sort, found.items, total, after, found.next, known)


class UnreadableFilter(DomainError):
    """The address names a filter that the list does not have: open the list and choose again."""

    slug = "unreadable-filter"


async def exported(
    request: Request, actor: Actor, page: ListPage[R], kind: FileKind, *, name: str, **known: Any
) -> Response:
    """The whole list as a file.

    Args:
        name: of the file, without its ending.

    Raises:
        UnreadableFilter, UnknownOrder
    """
    try:
        sought = page.sought(page.chosen(request), known)
    except ValidationError as error:
        raise UnreadableFilter from error
    sort = page.listing.order(request.query_params.get("sort"))  # now: the first row is read when 200 has been sent
    rows = page.listing.all(service_of(request).database.transaction, sought, actor=actor, sort=sort)
    shown = [(heading, cell) for heading, cell in page.file if page.shows(heading, actor)]
    headings = [str(heading) for heading, _cell in shown]
    cells = ([cell(item) for _heading, cell in shown] async for item in rows)
    headers = {
        "content-disposition": f"attachment; filename*=utf-8''{quote(name)}.{kind}",
        "cache-control": "no-store",
    }
    if kind == "csv":
        return StreamingResponse(_lines(headings, cells), media_type=MEDIA_TYPES[kind], headers=headers)
    found = [row async for row in cells]
    content = await asyncio.to_thread(workbook, name, headings, found)
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


async def _lines(headings: Sequence[str], rows: AsyncIterator[Sequence[Cell]]) -> AsyncIterator[str]:
    separator = ";" if spoken() == "ru" else ","  # Excel takes the semicolon where Russian is spoken
    yield BOM + csv_line(headings, separator)
    async for cells in rows:
        yield csv_line(cells, separator)
