"""Define a programme with its tree of phases and components, or replace its definition."""

from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from services.registry.journal import record
from services.registry.models import Activity, Change, Command, Programme, ProgrammeBase
from services.registry.models.errors.programme import NoDefinition, PartInUse
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.base import Code
from shared.database import Session
from shared.errors import Stale
from shared.identity import Actor


class ProgrammeTree(Command, ProgrammeBase):
    """A programme without its code."""


class DefineProgramme(Change, ProgrammeTree):
    code: Code


async def define_programme(session: Session, command: DefineProgramme, *, actor: Actor, clock: Clock) -> Programme:
    """Make a programme what the command says. Nothing happens when it is that already.

    Raises:
        NotAllowed
        Stale: somebody changed it after `command.seen_version`.
        PartInUse: a phase or component would disappear that activities belong to.
    """
    allow(actor, "admin", programme=command.code)
    programme = await session.get(Programme, command.code, with_for_update=True)
    if programme is None:
        programme = Programme.defined(command.code, command, clock.now())
        session.add(programme)
        try:
            await record(session, "programme-defined", programme, actor=actor)
        except IntegrityError:
            raise Stale("Somebody defined it at the same moment: read it, then repeat your change.") from None
        return programme
    programme.refuse_if_stale(command.seen_version)
    before = programme.parts()
    if programme.redefine(command, clock.now()):
        await _refuse_if_in_use(session, programme, before - programme.parts())
        await record(session, "programme-updated", programme, actor=actor)
    return programme


def read_programme(path: Path) -> DefineProgramme:
    """A programme's definition from a JSON file of the layout that the API takes.

    Raises:
        NoDefinition: the file is not JSON, or not of that layout; it names the fields.
    """
    try:
        return DefineProgramme.model_validate_json(path.read_bytes())
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors())
        raise NoDefinition(f"{path} defines no programme. {'; '.join(wrong)}") from None


async def _refuse_if_in_use(session: Session, programme: Programme, gone: set[tuple[str, str | None]]) -> None:
    if not gone:
        return
    query = select(Activity.phase, Activity.component).where(Activity.programme == programme.code).distinct()
    used = gone & set(await session.exec(query))
    if used:
        parts = ", ".join(sorted(f"{phase}/{component or '-'}" for phase, component in used))
        raise PartInUse(f"Activities belong to {parts} (phase/component).", field="phases")
