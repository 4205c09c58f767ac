"""The programme: its tree of phases and components as it is defined."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.registry.http.pages.frame import show, transaction
from services.registry.http.pages.history import history_of
from services.registry.models import Programme, existing
from services.registry.nouns import PROGRAMME
from services.registry.usecases.programmes.find import PROGRAMMES, Counts, ProgrammeFilter, programmes, recorded
from services.registry.words import vocabulary as words
from shared.contracts.base import Money
from shared.exports import FileKind
from shared.web import formats
from shared.web.identity import Viewer
from shared.web.language import lazy
from shared.web.lists import Column, ListPage, exported, listed

router = APIRouter(include_in_schema=False)


ADDRESS = "/registry/programmes"


def _countries(programme: Programme) -> str:
    return ", ".join(map(formats.country, programme.countries))


LIST: ListPage[Programme] = ListPage(
    listing=PROGRAMMES,
    filters=ProgrammeFilter,
    columns=(
        Column(lazy("Code"), lambda each: each.code, order="code"),
        Column(
            lazy("Name"),
            lambda each: words.text(each.name),
            look="title",
            link=lambda each: f"{ADDRESS}/{quote(each.code)}",
        ),
        Column(lazy("Donor"), lambda each: each.donor),
        Column(lazy("Countries"), _countries),
        Column(lazy("Phases"), lambda each: len(each.phases), look="number"),
    ),
    file=(
        ("code", lambda each: each.code),
        ("name", lambda each: each.name.get("en") or words.text(each.name)),
        ("name_ru", lambda each: each.name.get("ru")),
        ("short_name", lambda each: words.text(each.short_name)),
        ("donor", lambda each: each.donor),
        ("countries", lambda each: ";".join(each.countries)),
        ("languages", lambda each: ";".join(each.languages)),
        ("phases", lambda each: ";".join(phase.code for phase in each.phases)),
    ),
)


@router.get("/programmes")
async def programme_list(request: Request, actor: Viewer) -> Response:
    """Of one programme alone there is nothing to choose: its own page is shown."""
    async with transaction(request) as session:
        known = await programmes(session, actor)
    if len(known) == 1 and not request.query_params:
        return RedirectResponse(f"{ADDRESS}/{known[0].code}", status_code=303)
    found = await listed(request, actor, LIST, address=ADDRESS)
    return show(
        request,
        "programmes/list.html",
        actor=actor,
        status=found.chosen.status,
        list=found,
        countries=words.countries_of(known),
    )


@router.get("/programmes.{kind}")
async def programme_file(request: Request, actor: Viewer, kind: FileKind) -> Response:
    return await exported(request, actor, LIST, kind, name="programmes")


@router.get("/programmes/{code}")
async def programme_page(request: Request, code: str, actor: Viewer) -> Response:
    async with transaction(request) as session:
        programme = await existing(session, Programme, code, actor=actor)
        counts = await recorded(session, code)
        happened = await history_of(session, PROGRAMME, code, actor)
    return show(
        request,
        "programmes/one.html",
        actor=actor,
        programme=programme,
        counts=counts,
        happened=happened,
        money=money,
        total=_total(counts),
    )


def money(amount: Money) -> str:
    """`EUR 21,650,050`: the currency first, and never a sum of two."""
    return f"{amount.currency} {formats.number(amount.amount)}"


def _total(counts: Counts) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for (phase, _component), many in counts.items():
        total[phase] += many
    return total
