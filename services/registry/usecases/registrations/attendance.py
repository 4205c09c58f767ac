"""Mark who was there: a person on a day, a person who did not come, or the whole grid of an activity at once."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from sqlmodel import col, select

from services.registry.journal import record
from services.registry.models import Activity, Change, Command, Registration, existing, locked, share_locked
from services.registry.models.errors.registration import RegistrationNotFound
from services.registry.models.errors.request import RowsRefused
from services.registry.usecases.rights import allow_registration
from shared.clock import Clock
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor

Mark = Literal["attended", "absent", "unmarked"]


class MarkAttendance(Change):
    """Whether a person was there on a day."""

    registration_id: UUID
    day: date
    present: bool = True


class MarkAbsent(Change):
    registration_id: UUID


class AttendanceRow(Command):
    """All there is to say of one person: the days they came, that they came on days nobody knows (`attended` without
    days), that they did not come, or that nothing is known."""

    registration_id: UUID
    mark: Mark = "attended"
    days: tuple[date, ...] = ()
    seen_version: int | None = None


class MarkGrid(Command):
    activity_id: UUID
    rows: tuple[AttendanceRow, ...]


async def mark_attendance(session: Session, command: MarkAttendance, *, actor: Actor, clock: Clock) -> Registration:
    """Mark one day of one person; other days stay as they are. Nothing happens when it was marked so before.

    Raises:
        RegistrationNotFound, Stale
        DayOutsideActivity, DayStillAhead: there is nothing to mark on that day.
        RegistrationWithdrawn, ActivityCancelled: there was nothing to attend.
    """
    activity, registration = await activity_and_registration(
        session, command.registration_id, command.seen_version, actor=actor
    )
    days = {*registration.days_attended, command.day} - (set() if command.present else {command.day})
    if command.present or days:
        changed = registration.attend(activity, days, clock.now())
    else:
        changed = registration.unmark(activity, clock.now())
    if changed:
        await record(session, _event(registration), registration, actor=actor)
    return registration


async def mark_absent(session: Session, command: MarkAbsent, *, actor: Actor, clock: Clock) -> Registration:
    """Say that a person did not come on any day. Nothing happens when that was known.

    Raises:
        RegistrationNotFound, Stale; RegistrationWithdrawn, ActivityCancelled
    """
    activity, registration = await activity_and_registration(
        session, command.registration_id, command.seen_version, actor=actor
    )
    if registration.absent(activity, clock.now()):
        await record(session, _event(registration), registration, actor=actor)
    return registration


async def mark_grid(session: Session, command: MarkGrid, *, actor: Actor, clock: Clock) -> Sequence[Registration]:
    """Make the attendance of all named persons what the grid says, or of none; others stay as they are.

    Raises:
        ActivityNotFound
        RowsRefused: what is wrong with which rows; the transaction must not be committed.
    """
    activity = await share_locked(session, Activity, command.activity_id, actor=actor)
    query = select(Registration).where(Registration.activity_id == activity.id).order_by(col(Registration.id))
    wanted = col(Registration.id).in_([row.registration_id for row in command.rows])
    found = {each.id: each for each in await session.exec(query.where(wanted).with_for_update(key_share=True))}
    changed: dict[UUID, Registration] = {}
    refused: list[tuple[int, DomainError]] = []
    for number, row in enumerate(command.rows):
        try:
            registration = found.get(row.registration_id)
            if registration is None:
                raise RegistrationNotFound(f"The activity has no registration {row.registration_id}.")
            await allow_registration(session, actor, registration)
            registration.refuse_if_stale(row.seen_version)
            if _mark(registration, activity, row, clock):
                changed[registration.id] = registration
        except DomainError as error:
            refused.append((number, error))
    if refused:
        raise RowsRefused(refused)
    for event_type in ("participant-attended", "participant-updated"):
        of_type = [each for each in changed.values() if _event(each) == event_type]
        await record(session, event_type, *of_type, actor=actor)
    return [found[row.registration_id] for row in command.rows]


def _mark(registration: Registration, activity: Activity, row: AttendanceRow, clock: Clock) -> bool:
    match row.mark:
        case "attended":
            return registration.attend(activity, row.days, clock.now())
        case "absent":
            return registration.absent(activity, clock.now())
        case "unmarked":
            return registration.unmark(activity, clock.now())


def _event(registration: Registration) -> str:
    return "participant-attended" if registration.status == "attended" else "participant-updated"


async def activity_and_registration(
    session: Session, key: UUID, seen: int | None, *, actor: Actor
) -> tuple[Activity, Registration]:
    """Both locked, the activity first as everywhere; a merge may move the registration while we look."""
    found = await existing(session, Registration, key, actor=actor)
    activity = await share_locked(session, Activity, found.activity_id, actor=actor)
    registration = await locked(session, Registration, key, seen=seen, actor=actor)
    if registration.activity_id != activity.id:
        return await activity_and_registration(session, key, seen, actor=actor)
    await allow_registration(session, actor, registration)
    return activity, registration
