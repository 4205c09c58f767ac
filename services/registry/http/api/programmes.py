"""Programmes: the tree that every activity hangs on."""

from fastapi import APIRouter
from sqlmodel import col, select
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, MatchNeeded, all_as_json, problems, state_of
from services.registry.http.api.work import Plain, SeenIfSaid
from services.registry.models import Programme, ProgrammeView, existing
from services.registry.models.errors.programme import PartInUse, ProgrammeNotFound
from services.registry.usecases.programmes.define import DefineProgramme, ProgrammeTree, define_programme
from services.registry.usecases.rights import of_programmes
from shared.contracts.base import Code
from shared.errors import Stale
from shared.web.identity import Admin, Viewer

router = APIRouter(tags=["Programmes"])


@router.get("/programmes", summary="All programmes", response_model=ListOf[ProgrammeView], responses=problems())
async def list_programmes(actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        query = select(Programme).where(*of_programmes(actor, Programme.code)).order_by(col(Programme.code))
        found = (await session.exec(query)).all()
    return Answer(200, {"items": all_as_json(ProgrammeView, found), "next": None}).response()


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
        if "if-match" not in work.request.headers and await session.get(Programme, code) is not None:
            raise MatchNeeded
        programme = await define_programme(session, command, actor=actor, clock=work.clock)
    return state_of(ProgrammeView, programme).response()
