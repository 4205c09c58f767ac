"""Take a list of participants: register all of them, mark the days they came, and keep what was done, to be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.models import PersonKeys, Registration, Upload
from services.registry.sheets.report import Imported, ImportedRow
from services.registry.usecases.imports.upload import keep_done
from services.registry.usecases.registrations.attendance import AttendanceRow, MarkGrid, mark_grid
from services.registry.usecases.registrations.register import (
    Participant,
    RegisterParticipants,
    register_participants,
)
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


@dataclass(frozen=True)
class ListedPerson:
    """A row of the list: its number there, who it is, and the days on which they came."""

    number: int
    participant: Participant
    days: tuple[date, ...] = ()


@dataclass(frozen=True)
class TakeList:
    """`name` is that of the file, or says that the rows were pasted."""

    activity_id: UUID
    people: Sequence[ListedPerson]
    name: str


async def take_list(
    session: Session, command: TakeList, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> tuple[Sequence[Registration], Upload]:
    """All of the list or nothing: the registrations in its order, and what undoing it needs.

    Raises: what `register_participants` and `mark_grid` do.
    """
    activity_id, people = command.activity_id, command.people
    all_of_them = RegisterParticipants(activity_id=activity_id, participants=tuple(row.participant for row in people))
    made = await register_participants(session, all_of_them, actor=actor, clock=clock, keys=keys)
    before = [each.version - 1 or None for each in made]
    came = [
        AttendanceRow(registration_id=each.id, days=row.days)
        for each, row in zip(made, people, strict=True)
        if row.days and each.status != "nominated"
    ]
    if came:
        grid = MarkGrid(activity_id=activity_id, rows=tuple(came))
        await mark_grid(session, grid, actor=actor, clock=clock)
    rows = tuple(
        ImportedRow(
            row=row.number,
            outcome="changed" if version else "created",
            code="",  # who it is stands in the vault alone
            id=each.id,
            version=each.version,
            before=version,
        )
        for row, each, version in zip(people, made, before, strict=True)
    )
    created = sum(row.outcome == "created" for row in rows)
    done = Imported(created=created, changed=len(rows) - created, merged=0, unchanged=0, left_out=(), rows=rows)
    kept = await keep_done(
        session,
        done,
        made[0].programme,
        noun="registrations",
        name=command.name,
        activity_id=activity_id,
        actor=actor,
        clock=clock,
    )
    return made, kept
