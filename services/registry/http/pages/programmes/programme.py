"""The programme: its tree of phases and components as it is defined."""

from collections import Counter
from collections.abc import Mapping

from fastapi import APIRouter, Request
from sqlmodel import func, select
from starlette.responses import RedirectResponse, Response

from services.registry.http.pages.frame import programmes, show, transaction
from services.registry.http.pages.history import history_of
from services.registry.models import Activity, Programme, existing
from services.registry.nouns import PROGRAMME
from shared.contracts.base import Money
from shared.database import Session
from shared.web import formats
from shared.web.identity import Viewer

router = APIRouter(include_in_schema=False)


@router.get("/programmes")
async def programme_list(request: Request, actor: Viewer) -> Response:
    async with transaction(request) as session:
        known = await programmes(session, actor)
    if len(known) == 1:
        return RedirectResponse(f"/registry/programmes/{known[0].code}", status_code=303)
    return show(request, "programmes/list.html", actor=actor, programmes=known)


@router.get("/programmes/{code}")
async def programme_page(request: Request, code: str, actor: Viewer) -> Response:
    async with transaction(request) as session:
        programme = await existing(session, Programme, code, actor=actor)
        counts = await _recorded(session, code)
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


Counts = Mapping[tuple[str, str | None], int]


async def _recorded(session: Session, programme: str) -> Counts:
    """How many activities are recorded under each phase and component; those that were merged away are not counted."""
    query = (
        select(Activity.phase, Activity.component, func.count())
        .where(Activity.programme == programme, Activity.status != "merged")
        .group_by(Activity.phase, Activity.component)  # type: ignore[arg-type]
    )
    return {(phase, component): many for phase, component, many in await session.exec(query)}


def _total(counts: Counts) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for (phase, _component), many in counts.items():
        total[phase] += many
    return total
