"""What a row of a list makes of an output: a new one in the state its steps tell of, or a correction.

Activities are named by their codes; whatever is blank takes nothing away that is known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.models import Output, OutputBase, OutputState, Programme
from services.registry.models.base import Line
from services.registry.models.errors.output import UnknownActivity
from services.registry.sheets.errors import StepNotInItsColumn
from services.registry.sheets.likeness import Sighting, sighting
from services.registry.sheets.report import Match
from services.registry.sheets.rows import Problem, Reading
from services.registry.usecases.imports.activity import NO_REASON, with_sources
from services.registry.usecases.imports.importable import Importable, fields_that_differ
from services.registry.usecases.outputs.sheet import OUTPUTS_SHEET
from shared import contracts as public
from shared.contracts.base import Code
from shared.contracts.outputs import Handover, OutputStatus, Translation

_STEPS: tuple[OutputStatus, ...] = ("planned", "drafted", "translated", "handed-over")


class ListedOutput(OutputBase):
    """An output as a row tells of it, completed by what was recorded before."""

    code: Code
    status: OutputStatus
    status_reason: Line | None = None


def _read(row: str) -> OutputState:
    return OutputState.model_validate(json.loads(row))


def _prepare(
    readings: Sequence[Reading], states: Sequence[OutputState], activities: Mapping[str, UUID]
) -> Sequence[Reading]:
    """Activities by their codes."""
    for reading in readings:
        codes = reading.given.pop("activities", ())
        for code in codes:
            if code not in activities:
                error = UnknownActivity(f"The programme has no activity “{code}”.", field="activities")
                reading.problems.append(Problem(error, "activities", code))
        if codes:
            reading.given["activities"] = tuple(activities[code] for code in codes if code in activities)
    return readings


def _listed(
    given: Mapping[str, Any], code: str, recorded: OutputState | None, programme: Programme, at: datetime
) -> ListedOutput:
    known = {name: getattr(recorded, name) for name in OutputBase.model_fields} if recorded else {}
    data = known | {name: value for name, value in given.items() if name in ListedOutput.model_fields}
    for name in ("title", "description"):
        data[name] = known.get(name, {}) | given.get(name, {})
    if "phase" in given:
        data["phase"] = programme.phase_called(given["phase"])
    if "component" in given and data.get("phase"):
        data["component"] = programme.component_called(data["phase"], given["component"])
    data["sources"] = with_sources(known.get("sources", ()), given.get("sources", ()))
    data["translations"] = _translations(given.get("translations"), known.get("translations", ()))
    data["handovers"] = _handovers(given.get("handovers"), known.get("handovers", ()))
    said: OutputStatus | None = given.get("status")
    before: OutputStatus = recorded.status if recorded else "planned"
    if "dropped" in (said, before if said is None else None):
        reached: OutputStatus = "dropped"
    else:
        reached = _reached(data, drafted=before not in ("planned", "dropped") or said not in (None, "planned"))
        if said is not None and _STEPS.index(said) > _STEPS.index(reached):
            raise StepNotInItsColumn(f"The row says {said}.", field="status")
    reason = given.get("status_reason") or (recorded.status_reason if recorded else None)
    return ListedOutput.model_validate({**data, "code": code, "status": reached, "status_reason": reason})


def _reached(data: Mapping[str, Any], *, drafted: bool) -> OutputStatus:
    if data["handovers"]:
        return "handed-over"
    if data["translations"]:
        return "translated"
    return "drafted" if drafted or data.get("drafted_on") else "planned"


def _translations(given: Sequence[Translation] | None, known: Sequence[Translation]) -> Sequence[Translation]:
    """What the row says; a day that it leaves out and that was known stays."""
    days = {each.language: each.on for each in known}
    return (
        known
        if given is None
        else tuple(
            each if each.on else Translation(language=each.language, on=days.get(each.language)) for each in given
        )
    )


def _handovers(given: Sequence[Handover] | None, known: Sequence[Handover]) -> Sequence[Handover]:
    """What the row says; an organisation that is linked to its record stays linked."""
    linked = {each.to.name: each.to for each in known if each.to}
    return (
        known
        if given is None
        else tuple(
            each.model_copy(update={"to": linked.get(each.to.name, each.to)}) if each.to else each for each in given
        )
    )


def _created(programme: Programme, listed: ListedOutput, at: datetime) -> OutputState:
    drafted = listed.status not in ("planned", "dropped")
    output = OutputState.planned(programme, listed.code, listed, at, drafted=drafted)
    if listed.status == "dropped":
        output.drop(listed.status_reason or NO_REASON, at)
        output.version = 1
    return output


def _differences(recorded: OutputState, listed: ListedOutput) -> dict[str, tuple[Any, Any]]:
    return fields_that_differ(recorded, listed, [*OutputBase.model_fields, "status"])


def _steps(output: OutputState, programme: Programme, listed: ListedOutput, at: datetime) -> Iterator[str]:
    """Raises: OutputDropped, AlreadyHandedOver; what `update_output` raises about fields."""
    if output.update(programme, output.code, listed, at):
        yield "output-updated"
    if listed.status == "drafted" and output.status == "planned":
        output.draft(None, (), at)
        yield "output-drafted"
    elif listed.status == "dropped":
        output.drop(listed.status_reason or NO_REASON, at)
        yield "output-dropped"


def _sighting(key: Any, output: OutputState) -> Sighting[Any]:
    countries = [each.country for each in output.handovers]
    return sighting(
        key, titles=output.title.values(), kind=output.kind, countries=countries, starts=output.expected, ends=None
    )


def _match(output: OutputState) -> Match:
    title = output.title.get("en") or next(iter(output.title.values()))
    return Match(likeness=0, code=output.code, title=title, starts=None, id=output.id)


OUTPUTS = Importable(
    sheet=OUTPUTS_SHEET,
    model=Output,
    read=_read,
    codes_of=lambda output: (output.code,),
    prepare=_prepare,
    among=lambda table, codes: table.c.code == any_(literal(list(codes), ARRAY(Text))),
    listed=_listed,
    created=_created,
    differences=_differences,
    steps=_steps,
    refuse=lambda recorded, listed, named: None,
    remarks=lambda given, listed, recorded, at: [],
    sighting=_sighting,
    match=_match,
    counts=lambda table: table.c.status != "dropped",
    needed=("title", "kind"),
    may_move=lambda output: False,
    mergeable=False,
    names_activities=True,
    created_event="output-planned",
    topic=public.OUTPUTS,
    columns_of={
        "title": ("title", "title_en", "title_ru"),
        "description": ("description", "description_en", "description_ru"),
        "handovers": ("handovers", "recipients", "recipient_countries"),
    },
)
"""An output to the import."""
