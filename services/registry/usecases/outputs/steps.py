"""The life of an output: planned, drafted, translated, handed over; or dropped, and taken up again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import Field

from services.registry.journal import record
from services.registry.models import Command, Output, Programme, existing, locked
from services.registry.models.countries import Country
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.output import (
    AlreadyDrafted,
    AlreadyHandedOver,
    HandedOverBeforeDrafted,
    NobodyReceived,
    NotDropped,
    OutputCodeTaken,
    OutputDropped,
    StepStillAhead,
)
from services.registry.models.errors.programme import YearOutOfBounds
from services.registry.models.organisation import check_organisations
from services.registry.usecases.outputs.plan import unless_code_taken
from services.registry.usecases.rights import allow_change
from services.registry.usecases.steps import Nothing, Reason, Step, Take, Taking, by_rule
from shared.clock import Clock
from shared.contracts.base import Language, OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.database import Session
from shared.identity import Actor
from shared.web.language import lazy


class Drafting(Command):
    """When the draft was ready, as far as it is known, and in which languages."""

    on: FuzzyDate | None = None
    languages: tuple[Language, ...] = ()


class Translating(Command):
    """Into which languages, and when that was ready."""

    languages: tuple[Language, ...] = Field(min_length=1)
    on: FuzzyDate | None = None


class HandingOver(Command):
    """Who received it: an organisation, a country, or both; and when."""

    to: OrganisationReference | None = None
    country: Country | None = None
    on: FuzzyDate | None = None


def _on_a_day(event: str, rule: Callable[[Output, Any, datetime], bool | None]) -> Take:
    """A use case for a step that is taken on a day, which lies in the years of the programme.

    It raises what the rule does, `OutputNotFound`, `NotAllowed`, `Stale` and `YearOutOfBounds`; `UnknownOrganisation`
    when the programme has no organisation of the id that is given.
    """

    async def take(session: Session, command: Taking[Any], /, *, actor: Actor, clock: Clock) -> Output:
        output = await locked(session, Output, command.key, seen=command.seen_version, actor=actor)
        await allow_change(session, actor, output)
        programme = await existing(session, Programme, output.programme, actor=actor)
        programme.check_date(command.given.on, clock.now(), field="on")
        if isinstance(command.given, HandingOver) and command.given.to:
            await check_organisations(session, output.programme, to=[command.given.to])
        if rule(output, command.given, clock.now()) is not False:
            await record(session, event, output, actor=actor)
        return output

    return take


DRAFT = Step(
    "draft",
    Drafting,
    _on_a_day("output-drafted", lambda output, given, at: output.draft(given.on, given.languages, at)),
    (OutputDropped, AlreadyDrafted, StepStillAhead, YearOutOfBounds),
    "Say that an output is drafted",
    lazy("It is recorded that the output is drafted."),
)
TRANSLATE = Step(
    "translate",
    Translating,
    _on_a_day("output-translated", lambda output, given, at: output.translate(given.languages, given.on, at)),
    (OutputDropped, StepStillAhead, HandedOverBeforeDrafted, YearOutOfBounds),
    "Say that an output is translated",
    lazy("The translation is recorded."),
    "As often as there are translations; a language that is known already changes nothing.",
)
HAND_OVER = Step(
    "hand-over",
    HandingOver,
    _on_a_day("output-handed-over", lambda output, given, at: output.hand_over(given.to, given.country, given.on, at)),
    (OutputDropped, NobodyReceived, StepStillAhead, HandedOverBeforeDrafted, YearOutOfBounds, UnknownOrganisation),
    "Say that an output was handed over",
    lazy("The handover is recorded."),
    "As often as it is given to somebody.",
)
DROP = Step(
    "drop",
    Reason,
    by_rule(Output, "output-dropped", lambda output, why, at: output.drop(why.reason, at)),
    (OutputDropped, AlreadyHandedOver),
    "Drop an output that will not be made",
    lazy("The output is dropped."),
)
TAKE_UP = Step(
    "take-up",
    Nothing,
    by_rule(Output, "output-updated", lambda output, _, at: output.take_up(at), within=unless_code_taken),
    (NotDropped, OutputCodeTaken),
    "Take up an output again that was dropped",
    lazy("The output is taken up again."),
)

STEPS = (DRAFT, TRANSLATE, HAND_OVER, DROP, TAKE_UP)
