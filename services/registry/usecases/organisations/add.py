"""Add an organisation that a programme works with, or correct what is known about it."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Change, Command, Organisation, OrganisationBase, locked
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.organisation import check_organisations
from services.registry.models.programme import programme_in_use
from services.registry.usecases.rights import allow, allow_change
from shared.clock import Clock
from shared.contracts.base import Code, OrganisationReference
from shared.database import Session
from shared.identity import Actor


class OrganisationDescription(Command, OrganisationBase):
    """The whole of what is to be known; what is left out is unknown."""


class AddOrganisation(OrganisationDescription):
    programme: Code


class UpdateOrganisation(Change, OrganisationDescription):
    organisation_id: UUID


async def add_organisation(session: Session, command: AddOrganisation, *, actor: Actor, clock: Clock) -> Organisation:
    """Add an organisation and tell everyone who listens.

    Raises:
        UnknownProgramme; UnknownOrganisation: the parent is not there.
    """
    programme = await programme_in_use(session, command.programme, actor=actor)
    allow(actor, "editor", programme=programme.code, countries=(command.country,))
    organisation = Organisation.added(programme.code, command, clock.now())
    await _check_parent(session, organisation)
    session.add(organisation)
    await record(session, "organisation-added", organisation, actor=actor)
    return organisation


async def update_organisation(
    session: Session, command: UpdateOrganisation, *, actor: Actor, clock: Clock
) -> Organisation:
    """Make an organisation's description what the command says. Nothing happens when it is that already.

    Raises:
        OrganisationNotFound, Stale; UnknownOrganisation: the parent is not there, or is the organisation itself.
    """
    organisation = await locked(session, Organisation, command.organisation_id, seen=command.seen_version, actor=actor)
    await allow_change(session, actor, organisation)
    allow(actor, "editor", programme=organisation.programme, countries=(command.country,))
    if organisation.update(command, clock.now()):
        await _check_parent(session, organisation)
        await record(session, "organisation-updated", organisation, actor=actor)
    return organisation


async def _check_parent(session: Session, organisation: Organisation) -> None:
    if organisation.parent_id is None:
        return
    if organisation.parent_id == organisation.id:
        raise UnknownOrganisation("An organisation cannot be its own parent.", field="parent_id")
    parent = OrganisationReference(name="parent", id=str(organisation.parent_id))
    await check_organisations(session, organisation.programme, parent_id=[parent])
