"""Plan an output, or record one that exists already; and correct what is known of one."""

from contextlib import AbstractAsyncContextManager
from uuid import UUID

from pydantic import Field

from services.registry.journal import record
from services.registry.models import Change, Command, Output, OutputBase, Programme, locked
from services.registry.models.errors.output import OutputCodeTaken
from services.registry.models.organisation import check_organisations
from services.registry.models.output import check_activities
from services.registry.models.programme import programme_in_use
from services.registry.usecases.refusals import unless_taken
from services.registry.usecases.rights import allow, allow_change
from shared.clock import Clock
from shared.contracts.base import Code
from shared.database import Session
from shared.identity import Actor


class PlanOutput(Command, OutputBase):
    """A new output. Without a code of its own it is given one."""

    programme: Code
    code: Code | None = None
    drafted: bool = Field(default=False, description="A draft exists, since a day that is not known.")


class OutputDescription(Command, OutputBase):
    """The whole of what is to be known; what is left out is unknown from now on."""

    code: Code


class UpdateOutput(Change, OutputDescription):
    output_id: UUID


async def plan_output(session: Session, command: PlanOutput, *, actor: Actor, clock: Clock) -> Output:
    """Record an output in the state that its dates, translations and handovers tell of.

    Raises:
        UnknownProgramme, UnknownPhase, UnknownComponent, UnknownActivity, UnknownOrganisation: it names what is not
            there.
        NobodyReceived, StepStillAhead, HandedOverBeforeDrafted: its fields contradict each other.
        OutputCodeTaken: another output of the programme has its code.
    """
    programme = await _checked(session, command.programme, command, actor)
    output = Output.planned(programme, command.code, command, clock.now(), drafted=command.drafted)
    session.add(output)
    async with unless_code_taken(output):
        await record(session, "output-planned", output, actor=actor)
    return output


async def update_output(session: Session, command: UpdateOutput, *, actor: Actor, clock: Clock) -> Output:
    """Make an output's description what the command says. Nothing happens when it is that already.

    Raises:
        OutputNotFound, Stale
        OutputDropped: it is taken up again first.
        What `plan_output` raises about fields.
    """
    output = await locked(session, Output, command.output_id, seen=command.seen_version, actor=actor)
    await allow_change(session, actor, output)
    programme = await _checked(session, output.programme, command, actor)
    if output.update(programme, command.code, command, clock.now()):
        async with unless_code_taken(output):
            await record(session, "output-updated", output, actor=actor)
    return output


async def _checked(session: Session, code: str, description: OutputBase, actor: Actor) -> Programme:
    programme = await programme_in_use(session, code, actor=actor)
    allow(actor, "editor", programme=code)
    await check_activities(session, code, description.activities)
    await check_organisations(session, code, handovers=[each.to for each in description.handovers if each.to])
    return programme


def unless_code_taken(output: Output) -> AbstractAsyncContextManager[None]:
    taken = OutputCodeTaken(f"{output.programme} has an output '{output.code}'.", field="code")
    return unless_taken("uq_output_programme_code", taken)
