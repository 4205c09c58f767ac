"""The life of an output: planned, drafted, translated, handed over or dropped; steps may be skipped and repeat."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.models import OutputState
from services.registry.models.errors.output import (
    AlreadyDrafted,
    AlreadyHandedOver,
    HandedOverBeforeDrafted,
    NobodyReceived,
    NotDropped,
    OutputDropped,
    StepStillAhead,
)
from services.registry.models.errors.programme import UnknownPhase
from services.registry.usecases.outputs.plan import OutputDescription, PlanOutput
from shared.contracts.base import OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.errors import DomainError
from tests.unit.test_registry_activity import TREE

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
AGENCY = OrganisationReference(name="Sample Agency")


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def planned(**changes: Any) -> OutputState:
    described = {"programme": "SAMPLE", "kind": "handbook", "title": {"en": "Sample handbook"}} | changes
    command = PlanOutput.model_validate(described)
    return OutputState.planned(TREE, None, command, NOW, drafted=command.drafted)


def test_a_new_output_is_in_the_state_that_is_known_of_it() -> None:
    assert planned().status == "planned"
    assert planned(drafted=True).status == planned(drafted_on="2026-03").status == "drafted"
    assert planned(translations=[{"language": "ky"}]).status == "translated"
    assert planned(handovers=[{"country": "KG"}]).status == "handed-over"


def test_translations_and_handovers_repeat_and_a_handed_over_output_stays_so() -> None:
    output = planned()
    output.hand_over(AGENCY, None, on("2026-05"), NOW)
    assert output.translate(["ky", "ru"], None, NOW)
    output.hand_over(None, "UZ", None, NOW)
    assert (output.status, len(output.handovers), [each.language for each in output.translations]) == (
        "handed-over",
        2,
        ["ky", "ru"],
    )
    version = output.version
    assert not output.translate(["ky"], on("2026"), NOW), "a language that is known changes nothing"
    assert output.version == version


def test_what_was_recorded_by_mistake_is_taken_out_and_the_state_follows() -> None:
    output = planned(drafted=True)
    output.translate(["ky"], None, NOW)
    output.hand_over(AGENCY, None, None, NOW)

    def corrected(**changes: Any) -> OutputDescription:
        kept = {name: getattr(output, name) for name in OutputDescription.model_fields}
        return OutputDescription.model_validate(kept | changes)

    reached = []
    for mistaken in ("handovers", "translations"):
        assert output.update(TREE, output.code, corrected(**{mistaken: ()}), NOW)
        reached.append(output.status)
    assert reached == ["translated", "drafted"], "that it is drafted was said, though not since when"
    assert not output.update(TREE, output.code, corrected(), NOW)


def test_a_dropped_output_goes_on_where_it_was() -> None:
    output = planned(drafted=True)
    output.drop("Another programme writes it.", NOW)
    with pytest.raises(OutputDropped):
        output.translate(["ky"], None, NOW)
    with pytest.raises(OutputDropped):
        output.hand_over(AGENCY, None, None, NOW)
    output.take_up(NOW)
    assert (output.status, output.status_reason) == ("drafted", None)
    with pytest.raises(NotDropped):
        output.take_up(NOW)


def test_a_step_that_has_not_come_or_has_no_recipient_is_refused() -> None:
    tomorrow = on(str((NOW + timedelta(days=2)).date()))
    with pytest.raises(StepStillAhead):
        planned().draft(tomorrow, [], NOW)
    with pytest.raises(StepStillAhead):
        planned().hand_over(AGENCY, None, tomorrow, NOW)
    with pytest.raises(NobodyReceived):
        planned().hand_over(None, None, on("2026"), NOW)
    with pytest.raises(AlreadyDrafted):
        planned(drafted=True).draft(None, [], NOW)
    handed = planned(handovers=[{"country": "KG"}])
    with pytest.raises(AlreadyHandedOver):
        handed.drop("No reason.", NOW)


@pytest.mark.parametrize("day", ["2026-02-28", "2025", "../2026-02"])
def test_nothing_is_handed_over_before_it_was_drafted(day: str) -> None:
    output = planned(drafted_on="2026-03")
    with pytest.raises(HandedOverBeforeDrafted):
        output.hand_over(AGENCY, None, on(day), NOW)


@pytest.mark.parametrize("day", ["2026-03", "2026", "2026-03-01/2026-05-01"])
def test_a_day_that_may_lie_after_the_draft_is_taken(day: str) -> None:
    output = planned(drafted_on="2026-03")
    output.hand_over(AGENCY, None, on(day), NOW)


@pytest.mark.parametrize(("where", "refused"), [({"component": "1"}, UnknownPhase), ({"phase": "77"}, UnknownPhase)])
def test_an_output_belongs_to_a_phase_that_there_is_or_to_none(
    where: dict[str, str], refused: type[DomainError]
) -> None:
    assert planned().phase is None
    with pytest.raises(refused):
        planned(**where)
