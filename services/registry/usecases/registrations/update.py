"""Correct what a registration says of a person's part: role, gender, country, organisation. Not who it is."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Change, Command, Registration, RegistrationBase, locked
from services.registry.models.organisation import check_organisations
from services.registry.usecases.rights import allow_country, allow_registration
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class RegistrationDescription(Command, RegistrationBase):
    """The whole of what is to be known; what is left out is unknown from now on."""


class UpdateRegistration(Change, RegistrationDescription):
    registration_id: UUID


async def update_registration(
    session: Session, command: UpdateRegistration, *, actor: Actor, clock: Clock
) -> Registration:
    """Make a registration what the command says. Nothing happens when it is that already.

    Raises:
        RegistrationNotFound, Stale, NotAllowed; RegistrationErased; UnknownOrganisation
    """
    registration = await locked(session, Registration, command.registration_id, seen=command.seen_version, actor=actor)
    await allow_registration(session, actor, registration)
    await allow_country(session, actor, registration, command.country)
    registration.refuse_if_erased()
    if command.organisation:
        await check_organisations(session, registration.programme, organisation=[command.organisation])
    if registration.update(command, clock.now()):
        await record(session, "participant-updated", registration, actor=actor)
    return registration
