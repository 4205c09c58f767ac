"""The list of activities, as a page and as a file in the layout that the import reads."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.registry.http.pages.files import OTHERS, USUAL, in_languages
from services.registry.http.pages.frame import ACTIVITIES as ADDRESS
from services.registry.http.pages.frame import address_of, show, transaction
from services.registry.models import Activity, Programme
from services.registry.sheets import cells
from services.registry.usecases.activities.find import ACTIVITIES, ActivityFilter
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from shared.exports import FileKind
from shared.web import formats
from shared.web.forms import Form
from shared.web.identity import Viewer
from shared.web.language import _, lazy
from shared.web.lists import Column, ListPage, exported, listed
from shared.web.requests import is_fragment

router = APIRouter(include_in_schema=False)


def _where(activity: Activity) -> str | None:
    if activity.place:
        return words.place(activity.place)
    if activity.host_country:
        return formats.country(activity.host_country)
    return words.deliveries()["online"] if activity.delivery == "online" else None


def _part(activity: Activity) -> str:
    component = _("for all components") if activity.component == "general" else activity.component
    return f"{activity.phase} · {component}" if component else activity.phase


def _people(activity: Activity) -> str | None:
    if activity.headcount is None:
        return None
    sign = {"exact": "", "at-least": "≥ ", "estimated": "≈ "}[activity.headcount.precision]
    return f"{sign}{formats.number(activity.headcount.total)}"


def _beneficiaries(activity: Activity) -> str:
    return cells.joined(str(cells.country_cell(code)) for code in activity.beneficiary_countries)


def _counted(activity: Activity) -> str | None:
    """The headcount as the import reads it: `24`, `30+`, `~40`."""
    if activity.headcount is None:
        return None
    return {"exact": "{}", "at-least": "{}+", "estimated": "~{}"}[activity.headcount.precision].format(
        activity.headcount.total
    )


def _status(activity: Activity) -> tuple[str, str]:
    return words.statuses()[activity.status], words.STATUS_LOOKS.get(activity.status, "neutral")


def _when(activity: Activity) -> str | None:
    return words.when(activity) if activity.starts or activity.ends else None


_PEOPLE = lazy("People")

LIST: ListPage[Activity] = ListPage(
    listing=ACTIVITIES,
    filters=ActivityFilter,
    columns=(
        Column(
            lazy("Title"),
            lambda each: words.text(each.title),
            look="title",
            order="title",
            link=lambda each: address_of(each.id),
        ),
        Column(lazy("When"), _when, order="starts", unknown=lazy("date unknown")),
        Column(lazy("Where"), _where),
        Column(lazy("Kind"), lambda each: words.kinds()[each.kind]),
        Column(lazy("Part"), _part),
        Column(_PEOPLE, _people, look="number"),
        Column(lazy("Status"), _status, look="badge"),
    ),
    file=(
        ("id", lambda each: each.code),
        *in_languages("title", lambda each: each.title, USUAL),
        ("kind", lambda each: each.kind),
        ("phase", lambda each: each.phase),
        ("component", lambda each: each.component),
        ("scope", lambda each: None if each.scope == "unknown" else each.scope),
        ("delivery", lambda each: None if each.delivery == "unknown" else each.delivery),
        ("starts", lambda each: str(each.starts or "")),
        ("ends", lambda each: str(each.ends or "")),
        ("city", lambda each: next(iter(each.place.name.values())) if each.place else None),
        ("host_country", lambda each: cells.country_cell(each.host_country)),
        ("beneficiary_countries", _beneficiaries),
        (
            "participants",
            _counted,
        ),
        ("women", lambda each: each.headcount.women if each.headcount else None),
        ("expected", lambda each: each.expected),
        ("co_organisers", lambda each: cells.joined(one.name for one in each.co_organisers)),
        ("expert_affiliations", lambda each: cells.joined(one.name for one in each.expert_organisations)),
        ("series", lambda each: each.series),
        ("outputs", lambda each: cells.joined(each.outputs)),
        ("source_url_or_seed", lambda each: cells.joined(each.sources)),
        ("status", lambda each: each.status),
        ("status_reason", lambda each: each.status_reason),
        ("time_zone", lambda each: each.time_zone),
        ("protected", lambda each: "yes" if each.protected else None),
        *in_languages("title", lambda each: each.title, OTHERS),
        *in_languages("description", lambda each: each.description),
    ),
    for_editors=(_PEOPLE, "participants", "women"),
)


@router.get("/")
async def start(actor: Viewer) -> Response:
    return RedirectResponse(ADDRESS, status_code=303)


@router.get("/activities")
async def activity_list(request: Request, actor: Viewer) -> Response:
    found = await listed(request, actor, LIST, address=ADDRESS)
    async with transaction(request) as session:
        known = await programmes(session, actor)
    response = show(
        request,
        "activities/list.html",
        actor=actor,
        status=found.chosen.status,
        list=found,
        chosen=found.chosen,
        choices=_choices(known, found.chosen),
    )
    if is_fragment(request):
        response.headers["hx-push-url"] = found.here
    return response


@router.get("/activities.{kind}")
async def activity_file(request: Request, actor: Viewer, kind: FileKind) -> Response:
    return await exported(request, actor, LIST, kind, name="activities")


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
    return {
        "programme": words.programme_choices(known),
        "phase": list(phases.items()),
        "component": list(components.items()),
        "kind": list(words.kinds().items()),
        "scope": list(words.scopes().items()),
        "delivery": list(words.deliveries().items()),
        "status": list(words.statuses().items()),
        "country": words.countries_of(known),
    }
