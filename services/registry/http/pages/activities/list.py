"""The list of activities: filtered, searched, sorted, page by page, and the same list as a file for Excel.

The address says all there is to say about a list, so it can be kept, sent and exported.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response, StreamingResponse

from services.registry.http.pages import words
from services.registry.http.pages.frame import ACTIVITIES, programmes, show, transaction
from services.registry.http.pages.table import row_of_text
from services.registry.models import Activity, Programme
from services.registry.usecases.activities.find import (
    SORTS,
    ActivityFilter,
    BadCursor,
    Page,
    Sort,
    count_activities,
    find_activities,
)
from shared.errors import DomainError
from shared.web import formats
from shared.web.forms import Form
from shared.web.identity import Viewer
from shared.web.language import _, spoken
from shared.web.requests import is_fragment

router = APIRouter(include_in_schema=False)

_LISTS = ("kind", "scope", "delivery", "status")
_FILTERS = ("text", "programme", "phase", "component", *_LISTS, "country", "series", "since", "until")
_BATCH = 500


@router.get("/")
async def start(actor: Viewer) -> Response:
    return RedirectResponse(ACTIVITIES, status_code=303)


@router.get("/activities")
async def activity_list(
    request: Request, actor: Viewer, sort: Annotated[str, Query()] = "-starts", after: str = ""
) -> Response:
    chosen = Form({name: request.query_params.getlist(name) for name in _FILTERS})
    order: Sort = sort if sort in SORTS else "-starts"
    page, total = Page([], None), 0
    async with transaction(request) as session:
        known = await programmes(session)
        try:
            sought = _sought(chosen)
            page = await find_activities(session, sought, sort=order, after=after or None)
            total = await count_activities(session, sought)
        except (ValidationError, BadCursor) as error:
            chosen.refused(error)
    plain = _query(chosen, order)
    response = show(
        request,
        "activities/list.html",
        actor=actor,
        status=chosen.status,
        chosen=chosen,
        filtered=any(chosen.value(name) for name in _FILTERS),
        choices=_choices(known, chosen),
        programmes={programme.code: programme for programme in known},
        items=page.items,
        total=total,
        sort=order,
        sorted_by=lambda column: _query(chosen, _turned(order, column)),
        query=plain,
        first=f"{ACTIVITIES}?{plain}" if after else None,
        next=f"{ACTIVITIES}?{_query(chosen, order, after=page.next)}" if page.next else None,
    )
    if is_fragment(request):
        response.headers["hx-push-url"] = f"{ACTIVITIES}?{plain}" if plain else ACTIVITIES
    return response


@router.get("/activities.csv")
async def export(request: Request, actor: Viewer, sort: Annotated[str, Query()] = "-starts") -> Response:
    """The whole list in the layout that the import reads. Excel takes the semicolon where Russian is spoken."""
    chosen = Form({name: request.query_params.getlist(name) for name in _FILTERS})
    order: Sort = sort if sort in SORTS else "-starts"
    try:
        sought = _sought(chosen)
    except ValidationError as error:
        raise UnreadableFilter from error
    separator = ";" if spoken() == "ru" else ","

    async def lines() -> AsyncIterator[str]:
        yield "\ufeff" + row_of_text(_COLUMNS, separator)  # Excel takes a file without the mark for another encoding
        after = None
        while True:
            async with transaction(request) as session:
                page = await find_activities(session, sought, sort=order, after=after, limit=_BATCH)
            yield "".join(row_of_text(_cells(activity), separator) for activity in page.items)
            if (after := page.next) is None:
                return

    headers = {"content-disposition": 'attachment; filename="activities.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


class UnreadableFilter(DomainError):
    """The address names a filter that the list does not have: open the list and choose again."""

    slug = "unreadable-filter"


def _sought(chosen: Form) -> ActivityFilter:
    """Raises: ValidationError."""
    lists = {name: tuple(filter(None, chosen.all(name))) for name in _LISTS}
    return chosen.parse(ActivityFilter, **lists)


def _query(chosen: Form, sort: Sort, after: str | None = None) -> str:
    """The address's query: what is chosen, and nothing that is not."""
    pairs = [(name, value) for name in _FILTERS for value in chosen.all(name) if value]
    if sort != "-starts":
        pairs.append(("sort", sort))
    if after:
        pairs.append(("after", after))
    return urlencode(pairs)


def _turned(sort: Sort, column: str) -> Sort:
    """The order after the heading of a column is pressed: the other way round, or by that column."""
    if sort == column:
        return f"-{column}"  # type: ignore[return-value]
    if sort == f"-{column}":
        return column  # type: ignore[return-value]
    return "-starts" if column == "starts" else column  # type: ignore[return-value]


def _choices(known: Sequence[Programme], chosen: Form) -> Mapping[str, list[tuple[str, str]]]:
    """What can be chosen; the components are those of the phase, where one is chosen."""
    shown = [each for each in known if chosen.value("programme") in ("", each.code)]
    phases = {phase.code: words.phase_name(phase) for each in shown for phase in each.phases}
    components = {"general": _("for all components")}
    for programme in shown:
        for phase in programme.phases:
            if chosen.value("phase") == phase.code:
                components |= {each.code: words.component_name(each) for each in phase.components}
            elif not chosen.value("phase"):
                components |= {each.code: f"{_('Component')} {each.code}" for each in phase.components}
    countries = sorted({code for each in known for code in each.countries})
    return {
        "programme": [(each.code, words.text(each.short_name) or each.code) for each in known],
        "phase": list(phases.items()),
        "component": list(components.items()),
        "kind": list(words.kinds().items()),
        "scope": list(words.scopes().items()),
        "delivery": list(words.deliveries().items()),
        "status": list(words.statuses().items()),
        "country": [(code, formats.country(code)) for code in countries],
    }


_COLUMNS = (
    *("id", "title", "title_ru", "kind", "phase", "component", "scope", "delivery", "starts", "ends", "city"),
    *("host_country", "beneficiary_countries", "participants", "women", "co_organisers", "expert_affiliations"),
    *("outputs", "source_url_or_seed", "status"),
)


def _cells(activity: Activity) -> Iterable[Any]:
    count = activity.headcount
    many = {"exact": "{}", "at-least": "{}+", "estimated": "~{}"}
    return (
        activity.code,
        activity.title.get("en") or words.text(activity.title),
        activity.title.get("ru", ""),
        activity.kind,
        activity.phase,
        activity.component or "",
        "" if activity.scope == "unknown" else activity.scope,
        "" if activity.delivery == "unknown" else activity.delivery,
        activity.starts or "",
        activity.ends or "",
        words.text(activity.place.name) if activity.place else "",
        activity.host_country or "",
        ";".join(activity.beneficiary_countries),
        many[count.precision].format(count.total) if count else "",
        count.women if count and count.women is not None else "",
        "; ".join(each.name for each in activity.co_organisers),
        "; ".join(each.name for each in activity.expert_organisations),
        "; ".join(activity.outputs),
        "; ".join(activity.sources),
        activity.status,
    )
