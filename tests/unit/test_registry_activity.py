"""What can become of an activity, and what its fields must agree on."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.registry.models import Activity, ActivityBase, Programme, ScheduleBase
from services.registry.models.errors.activity import (
    ActivityAlreadyHeld,
    ActivityCancelled,
    ActivityMerged,
    ActivityStillAhead,
    CannotMerge,
    ChangedByRescheduling,
    CountryNamedTwice,
    EndsBeforeItStarts,
    HeadcountBeforeHeld,
    NotATimeZone,
    NothingToReinstate,
)
from services.registry.models.errors.programme import UnknownComponent, UnknownPhase, YearOutOfBounds
from services.registry.models.programme import ProgrammeBase
from shared.contracts.activities import ActivityStatus, Headcount
from shared.errors import DomainError

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
TREE = Programme.defined(
    "SAMPLE",
    ProgrammeBase.model_validate(
        {"name": {"en": "Sample"}, "phases": [{"code": "1", "components": [{"code": "1", "name": {"en": "One"}}]}]}
    ),
    NOW,
)


def described(**changes: Any) -> ActivityBase:
    fields: dict[str, Any] = {"phase": "1", "kind": "workshop", "title": {"en": "Sample"}, "starts": "2026-09-14"}
    return ActivityBase.model_validate(fields | changes)


def planned(**changes: Any) -> Activity:
    return Activity.planned(TREE, None, described(**changes), NOW)


def in_status(status: ActivityStatus) -> Activity:
    activity = planned()
    match status:
        case "confirmed":
            activity.confirm(NOW)
        case "held":
            activity.complete(None, NOW)
        case "cancelled":
            activity.cancel("No room", NOW)
        case "merged":
            activity.merge_into(planned(), NOW)
    return activity


def test_an_activity_hangs_on_a_phase_and_component_of_its_programme() -> None:
    for component in (None, "general", "1"):
        assert planned(component=component).component == component
    with pytest.raises(UnknownPhase, match="has no phase '2'; it has 1"):
        planned(phase="2")
    with pytest.raises(UnknownComponent, match="has no component '9'; it has 1"):
        planned(component="9")


def test_an_activity_cannot_end_before_it_starts() -> None:
    with pytest.raises(EndsBeforeItStarts):
        planned(starts="2026-09-14", ends="2026-09-13")
    assert planned(starts="2026-09", ends="2026-09-01").latest == date(2026, 9, 1)  # it can have started that day


def test_a_beneficiary_country_counts_once() -> None:
    with pytest.raises(CountryNamedTwice, match="KG"):
        planned(beneficiary_countries=["KG", "TJ", "KG"])


@pytest.mark.parametrize(
    ("starts", "ends", "day", "earliest", "latest"),
    [
        ("2022-05-17", "2022-05-19", date(2022, 5, 17), date(2022, 5, 17), date(2022, 5, 19)),
        ("2022-09", None, date(2022, 9, 1), date(2022, 9, 1), date(2022, 9, 30)),
        ("../2022-05-16", None, date(2022, 5, 16), None, date(2022, 5, 16)),
        (None, "2022", date(2022, 1, 1), None, date(2022, 12, 31)),
        (None, None, date.min, None, None),
    ],
)
def test_fuzzy_days_are_sorted_by_the_first_day_they_can_mean(
    starts: str | None, ends: str | None, day: date, earliest: date | None, latest: date | None
) -> None:
    activity = planned(starts=starts, ends=ends)
    assert (activity.day, activity.earliest, activity.latest) == (day, earliest, latest)


REFUSALS: list[tuple[ActivityStatus, Callable[[Activity], object], type[DomainError]]] = [
    ("held", lambda activity: activity.confirm(NOW), ActivityAlreadyHeld),
    ("held", lambda activity: activity.cancel("No room", NOW), ActivityAlreadyHeld),
    ("held", lambda activity: activity.reschedule(TREE, moved("2027-01-01"), None, NOW), ActivityAlreadyHeld),
    ("held", lambda activity: activity.complete(None, NOW), ActivityAlreadyHeld),
    ("cancelled", lambda activity: activity.confirm(NOW), ActivityCancelled),
    ("cancelled", lambda activity: activity.cancel("No room", NOW), ActivityCancelled),
    ("cancelled", lambda activity: activity.complete(None, NOW), ActivityCancelled),
    ("cancelled", lambda activity: activity.update(TREE, "x", described(), None, NOW), ActivityCancelled),
    ("cancelled", lambda activity: activity.merge_into(planned(), NOW), ActivityCancelled),
    ("merged", lambda activity: activity.cancel("No room", NOW), ActivityMerged),
    ("merged", lambda activity: activity.reinstate("Wrong", NOW), ActivityMerged),
    ("merged", lambda activity: activity.merge_into(planned(), NOW), ActivityMerged),
    ("merged", lambda activity: planned().merge_into(activity, NOW), ActivityMerged),
    ("planned", lambda activity: activity.reinstate("Wrong", NOW), NothingToReinstate),
    ("planned", lambda activity: activity.undo_merge(planned(), NOW), NothingToReinstate),
]


@pytest.mark.parametrize(("status", "attempt", "refusal"), REFUSALS)
def test_what_an_activity_refuses_leaves_it_as_it_was(
    status: ActivityStatus, attempt: Callable[[Activity], object], refusal: type[DomainError]
) -> None:
    activity = in_status(status)
    before = activity.model_dump()
    with pytest.raises(refusal):
        attempt(activity)
    assert activity.model_dump() == before


def test_each_change_counts_the_version_and_the_same_again_does_not() -> None:
    activity = planned()
    assert (activity.confirm(NOW), activity.version) == (True, 2)
    assert (activity.confirm(NOW), activity.version) == (False, 2)
    assert (activity.reschedule(TREE, moved("2027-01-01"), "Snow", NOW), activity.version) == (True, 3)
    assert (activity.reschedule(TREE, moved("2027-01-01"), "Snow", NOW), activity.version) == (False, 3)
    same = described(starts="2027-01-01", time_zone="Asia/Bishkek")
    assert (activity.update(TREE, activity.code, same, None, NOW), activity.version) == (False, 3)


def test_days_of_an_activity_to_come_are_changed_by_rescheduling_only() -> None:
    activity = planned()
    with pytest.raises(ChangedByRescheduling, match="starts"):
        activity.update(TREE, activity.code, described(starts="2027"), None, NOW)
    activity.complete(None, NOW)
    assert activity.update(TREE, activity.code, described(starts="2026-09-15"), None, NOW), "held: a correction"


def test_heads_are_counted_when_the_activity_was_held() -> None:
    activity = planned()
    with pytest.raises(HeadcountBeforeHeld):
        activity.update(TREE, activity.code, described(), Headcount(total=12), NOW)
    activity.complete(Headcount(total=12), NOW)
    assert activity.update(TREE, activity.code, described(), Headcount(total=13, women=5), NOW)
    assert activity.headcount == Headcount(total=13, women=5)


def test_an_activity_is_complete_when_its_last_day_has_come_at_its_place() -> None:
    late = datetime(2026, 9, 16, 20, tzinfo=UTC)  # the 17th in Bishkek
    with pytest.raises(ActivityStillAhead, match="2026-09-17"):
        planned(starts="2026-09-14", ends="2026-09-17", time_zone="Europe/Riga").complete(None, late)
    planned(starts="2026-09-14", ends="2026-09-17", time_zone="Asia/Bishkek").complete(None, late)
    planned(starts="2026-09-14", ends="2026-09-17").complete(None, late)  # where, nobody knows
    with pytest.raises(ActivityStillAhead):
        planned(starts="2026-09-14", ends="2026-09-18").complete(None, late)
    planned(starts="2026-09").complete(None, late)
    planned(starts=None).complete(None, late)


@pytest.mark.parametrize("before", ["planned", "confirmed"])
def test_reinstating_leads_back_to_where_it_was(before: ActivityStatus) -> None:
    cancelled, completed = in_status(before), in_status(before)
    cancelled.cancel("No room", NOW)
    cancelled.reinstate("There is room", NOW)
    assert (cancelled.status, cancelled.status_reason) == (before, "There is room")
    completed.complete(Headcount(total=3), NOW)
    completed.reinstate("It was another one", NOW)
    assert (completed.status, completed.headcount) == (before, None)


def test_a_merge_keeps_both_sources_and_undoing_it_gives_them_back() -> None:
    gone, kept = planned(sources=["a", "b"]), planned(sources=["b", "c"])
    gone.merge_into(kept, NOW)
    assert (gone.status, gone.merged_into, kept.sources) == ("merged", kept.id, ("b", "c", "a"))
    gone.undo_merge(kept, NOW)
    assert (gone.status, gone.merged_into, gone.sources) == ("planned", None, ("a", "b"))
    assert kept.sources == ("b", "c")


def test_an_activity_cannot_be_merged_into_itself_or_another_programme() -> None:
    activity = planned()
    with pytest.raises(CannotMerge):
        activity.merge_into(activity, NOW)
    other = planned()
    other.programme = "OTHER"
    with pytest.raises(CannotMerge):
        activity.merge_into(other, NOW)


def test_time_never_runs_backwards_within_an_activity() -> None:
    activity = planned()
    activity.confirm(NOW - timedelta(hours=1))
    assert (activity.version, activity.updated_at) == (2, NOW)


def moved(to: str) -> ScheduleBase:
    return ScheduleBase.model_validate({"starts": to, "time_zone": "Asia/Bishkek"})


DATED = Programme.defined(
    "DATED",
    ProgrammeBase.model_validate(
        {
            "name": {"en": "Dated"},
            "phases": [
                {"code": "1", "starts": "2011-04", "ends": "2015-12"},
                {"code": "2", "starts": "2021-04-01", "ends": "2025-09-30"},
            ],
        }
    ),
    NOW,
)


@pytest.mark.parametrize(
    "days", ["1022-05-17", "1905-07-14", "2202-05-17", "9999", "2005-12-31", "2036-01-01", "../9999-12-31"]
)
def test_no_activity_lies_outside_the_years_of_its_programme(days: str) -> None:
    """From five years before the first phase to ten after the last, whichever door it comes in by."""
    with pytest.raises(YearOutOfBounds, match="2006 and 2035"):
        Activity.planned(DATED, None, described(starts=None, ends=days, component=None), NOW)
    activity = Activity.planned(DATED, None, described(starts="2022-05-17", component=None), NOW)
    with pytest.raises(YearOutOfBounds):
        activity.reschedule(DATED, moved(days), None, NOW)
    held = Activity.planned(DATED, None, described(starts="2022-05-17", component=None), NOW)
    held.complete(None, NOW)
    with pytest.raises(YearOutOfBounds):
        held.update(DATED, held.code, described(starts=days, component=None), None, NOW)


def test_a_programme_without_dated_phases_has_years_around_the_present() -> None:
    assert TREE.years(NOW) == range(1990, 2057)
    assert planned(starts="1990").earliest == date(1990, 1, 1)
    with pytest.raises(YearOutOfBounds):
        planned(starts="2057")


def test_a_phase_of_the_year_9999_is_refused() -> None:
    with pytest.raises(ValueError, match="9999"):
        ProgrammeBase.model_validate({"name": {"en": "S"}, "phases": [{"code": "1", "ends": "9999"}]})


@pytest.mark.parametrize("name", ["localtime", "Factory"])
def test_a_time_zone_of_one_machine_is_refused(name: str) -> None:
    with pytest.raises((NotATimeZone, ValueError)):
        planned(time_zone=name)
    assert planned(time_zone="Asia/Bishkek").time_zone == "Asia/Bishkek"
