"""Withdraw a registration: the person will not come after all."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Change, Registration, locked
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class WithdrawParticipant(Change):
    registration_id: UUID


async def withdraw_participant(
    session: Session, command: WithdrawParticipant, *, actor: Actor, clock: Clock
) -> Registration:
    """Withdraw a registration. Nothing happens when it was withdrawn before.

    Raises:
        RegistrationNotFound, Stale
        AlreadyAttended: who was there cannot withdraw.
        RegistrationErased
    """
    registration = await locked(session, Registration, command.registration_id, seen=command.seen_version)
    registration.refuse_if_erased()
    if registration.withdraw(clock.now()):
        await record(session, "participant-withdrawn", registration, actor=actor)
    return registration
