"""What reporting's pages have in common: their words, their addresses, and a bar for each number."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from services.reporting.facts import names
from services.reporting.figures.figure import Figure, Group
from services.reporting.figures.question import Question
from services.reporting.http.pages import words
from services.reporting.rules import RULES
from shared.database import Session
from shared.identity import Actor
from shared.web import formats
from shared.web.language import _
from shared.web.pages import Pages
from shared.web.requests import clock_of, service_of

ROOT = "/reporting"
API = "/reporting/api/v1"
_TIMES = ("year", "quarter", "month")
_MOST_GAPS = 100

_pages = Pages(Path(__file__).parents[1] / "templates")


def show(request: Request, template: str, *, actor: Actor, **context: Any) -> Response:
    return _pages.render(request, template, actor=actor, words=words, rules=RULES, root=ROOT, api=API, **context)


def transaction(request: Request) -> AbstractAsyncContextManager[Session]:
    return service_of(request).database.transaction()


def address(path: str, asked: Mapping[str, str]) -> str:
    """A page's permanent address."""
    return f"{ROOT}{path}" + (f"?{urlencode(asked)}" if asked else "")


@dataclass(frozen=True)
class Tree:
    """A programme as its filters need it."""

    code: str
    name: str
    countries: Sequence[str]
    phases: Sequence[Mapping[str, Any]]
    synthetic: bool

    def components(self, phase: str) -> list[tuple[str, str]]:
        """Code and name of the components: of a phase, or of all."""
        named = {
            part["code"]: f"{part['code']}. {words.text(part['name'])}" if phase else part["code"]
            for each in self.phases
            if phase in ("", each["code"])
            for part in each["components"]
        }
        return sorted(named.items())

    def phase_choices(self) -> list[tuple[str, str]]:
        return [(each["code"], words.text(each["name"]) or each["code"]) for each in self.phases]


def periods(request: Request) -> list[tuple[str, str]]:
    """Periods that are often asked for, as one can type them: this and the last quarter, this and the last year."""
    today = clock_of(request).now().date()
    quarter = (today.month - 1) // 3 + 1
    before = (quarter - 1, today.year) if quarter > 1 else (4, today.year - 1)
    return [
        (_("Q%(quarter)d %(year)d") % {"quarter": quarter, "year": today.year}, _("this quarter")),
        (_("Q%(quarter)d %(year)d") % {"quarter": before[0], "year": before[1]}, _("last quarter")),
        (str(today.year), _("this year")),
        (str(today.year - 1), _("last year")),
    ]


def scope(question: Question, programmes: Sequence[Tree]) -> list[tuple[str, str]]:
    """What a page of figures is about, so that a printed one says it: programme, period, filters, and as known when."""
    told = dict(question.filters)
    known_as = {tree.code: tree.name for tree in programmes}
    code = told.pop("programme", "")
    about = [(_("Programme"), known_as.get(code, code) if code else _("all"))]
    about.append((_("Period"), words.period(question.first, question.last)))
    about += [(words.dimensions()[name], words.value_of(name, value)) for name, value in told.items()]
    known = formats.moment(question.as_of) + " UTC" if question.as_of else _("now; it changes with the records")
    return [*about, (_("As known on"), known)]


async def trees(session: Session, actor: Actor) -> list[Tree]:
    """The programmes that an actor may see: real ones first, those for practice after them."""
    rows = await names.known_programmes(session)
    found = [
        Tree(row.code, words.text(row.short_name) or words.text(row.name), row.countries, row.phases, row.synthetic)
        for row in rows
        if actor.may("viewer", programme=row.code)
    ]
    return sorted(found, key=lambda tree: (tree.synthetic, tree.code))


async def organisation_names(session: Session, figure: Figure) -> dict[str, str]:
    """The names of the organisations that a figure is broken down by."""
    if "organisation" not in figure.by:
        return {}
    return {key: words.text(name) for key, name in (await names.organisation_names(session)).items()}


@dataclass(frozen=True)
class Bar:
    """One line of a chart: its labels, its number, and how long it is beside the longest, in per cent."""

    labels: tuple[str, ...]
    value: str
    length: float
    address: str | None
    unknown: bool


def bars(figure: Figure, names: Mapping[str, str] | None = None) -> list[Bar]:
    """A figure's groups as bars: times in their order and without gaps, all else by size, the unknown last."""
    rule = RULES[figure.rule]
    longest = 1.0 if rule.counting.is_share else max((group.value or 0 for group in figure.groups), default=0)
    ordered = sorted(figure.groups, key=lambda group: _place(figure, group))
    drawn = [
        Bar(
            labels=tuple(
                (names or {}).get(value or "") or words.value_of(dimension, value)
                for dimension, value in group.key.items()
            ),
            value=words.shown(group.value, rule),
            length=round(100 * (group.value or 0) / longest, 2) if longest else 0,
            address=ROOT + group.activities,
            unknown=None in group.key.values(),
        )
        for group in ordered
    ]
    return _without_gaps(figure, ordered, drawn)


def _place(figure: Figure, group: Group) -> tuple[Any, ...]:
    values = [value or "" for value in group.key.values()]
    if figure.by[0] in _TIMES or len(figure.by) > 1 or figure.by[0] in ("phase", "component"):
        return tuple((value == "", _natural(value)) for value in values)
    return (values[0] == "", -(group.value or 0), values[0])


def _natural(text: str) -> tuple[int, str]:
    """Phase 9 before phase 10."""
    return (int(text), "") if text.isdigit() else (10**9, text)


def _without_gaps(figure: Figure, groups: Sequence[Group], drawn: Sequence[Bar]) -> list[Bar]:
    """A year in which nothing was held is a line as well: without it, time would run unevenly."""
    if tuple(figure.by) != ("year",):
        return list(drawn)
    by_year = {group.key["year"]: bar for group, bar in zip(groups, drawn, strict=True)}
    years = [int(year) for year in by_year if year]
    if not years or max(years) - min(years) > _MOST_GAPS:
        return list(drawn)
    nothing = words.shown(0, RULES[figure.rule])
    filled = [
        by_year.get(str(year), Bar((str(year),), nothing, 0, None, False)) for year in range(min(years), max(years) + 1)
    ]
    return filled + [bar for bar in drawn if bar.unknown]
