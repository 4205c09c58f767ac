"""Programmes: the tree that every activity hangs on."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, MatchNeeded, all_as_json, list_of, state_of
from services.registry.http.api.work import Once, Plain, SeenIfSaid
from services.registry.models import Programme, ProgrammeView, existing
from services.registry.models.errors.person import OthersAreDue
from services.registry.models.errors.programme import PartInUse, ProgrammeNotFound
from services.registry.models.errors.request import KeyReused
from services.registry.usecases.persons.due import EraseDue, due_persons, erase_due
from services.registry.usecases.programmes.define import DefineProgramme, ProgrammeTree, define_programme
from services.registry.usecases.programmes.find import PROGRAMMES, ProgrammeFilter, Sort, is_defined
from services.registry.usecases.rights import allow
from shared.contracts.base import Code
from shared.database import Session
from shared.errors import Stale
from shared.listing import BadCursor
from shared.web.documented import problems
from shared.web.identity import Admin, Viewer
from shared.web.security_log import about, noted

router = APIRouter(tags=["Programmes"])


class DueView(BaseModel):
    """A person whose names have been kept for long enough."""

    person_id: UUID
    last_day: Annotated[date, Field(description="The last day known of anything they took part in.")]
    due_since: date


class SeenDue(BaseModel):
    """How many you saw."""

    model_config = ConfigDict(extra="forbid")

    expected: Annotated[int, Field(ge=1)]


class Erased(BaseModel):
    """How many people were erased."""

    persons: int


class ProgrammeQuery(ProgrammeFilter):
    """Which programmes, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "code"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 500


@router.get(
    "/programmes", summary="All programmes", response_model=ListOf[ProgrammeView], responses=problems(BadCursor)
)
async def list_programmes(sought: Annotated[ProgrammeQuery, Query()], actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        page = await PROGRAMMES.find(
            session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit
        )
    return list_of(ProgrammeView, page).response()


@router.get(
    "/programmes/{code}",
    summary="A programme with its phases and components",
    response_model=ProgrammeView,
    responses=problems(ProgrammeNotFound),
)
async def get_programme(code: Code, actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        found = await existing(session, Programme, code, actor=actor)
    return state_of(ProgrammeView, found).response()


@router.get(
    "/programmes/{code}/due",
    summary="Who is due to be erased: the programme has kept their names for as long as it keeps names",
    response_model=ListOf[DueView],
    responses=problems(ProgrammeNotFound),
)
async def get_due(code: Code, actor: Admin, work: Plain) -> Response:
    """The longest first, 500 at most; nobody where the programme has no `names_kept_years`."""
    async with work.transaction() as session:
        programme = await existing(session, Programme, code, actor=actor)
        allow(actor, "admin", programme=code)
        found = await due_persons(session, programme, today=work.clock.now().date())
    return Answer(200, {"items": all_as_json(DueView, found), "next": None}).response()


@router.post(
    "/programmes/{code}/erase-due",
    summary="Erase those who are due",
    response_model=Erased,
    responses=problems(ProgrammeNotFound, OthersAreDue, KeyReused),
    dependencies=[noted("person-erased")],
)
async def post_erase_due(code: Code, seen: SeenDue, actor: Admin, work: Once) -> Response:
    """As many as you saw; with another number nothing happens. It cannot be taken back."""
    command = EraseDue(programme=code, expected=seen.expected)

    async def do(session: Session) -> Answer:
        erased = await erase_due(session, command, actor=actor, clock=work.clock, keys=work.keys)
        about(work.request, *erased)
        return Answer(200, {"persons": len(erased)})

    return await work.once(actor, do)


@router.put(
    "/programmes/{code}",
    summary="Define a programme, or replace its definition",
    response_model=ProgrammeView,
    responses=problems(PartInUse, MatchNeeded, Stale),
)
async def put_programme(code: Code, tree: ProgrammeTree, actor: Admin, work: Plain, seen: SeenIfSaid) -> Response:
    """The whole tree at once. If-Match is needed when the programme exists."""
    command = DefineProgramme(code=code, seen_version=seen, **tree.model_dump())
    async with work.transaction() as session:
        if "if-match" not in work.request.headers and await is_defined(session, code):
            raise MatchNeeded
        programme = await define_programme(session, command, actor=actor, clock=work.clock)
    return state_of(ProgrammeView, programme).response()
