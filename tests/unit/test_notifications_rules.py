"""Who is told what: the rules asked directly, of cases made from the events of a chronicle."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.facts.activity import ActivityVersion, over_at
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.registrations.case import Case, Said
from services.notifications.rules.registrations.table import RULES, assumed, due
from shared.contracts import Activity, Registration
from tests.chronicle import Chronicle


def case_of(chronicle: Chronicle) -> Case:
    """The one registration of a chronicle and its activity."""
    activities, registrations = [], []
    for event in chronicle.events:
        if isinstance(event.data, Activity):
            state = event.data.model_dump(mode="json")
            ends = over_at(event.data)
            activities.append(
                ActivityVersion(
                    id=event.data.id,
                    version=event.sequence,
                    type=event.type,
                    happened_at=event.time,
                    over_at=ends,
                    state=state,
                )
            )
        elif isinstance(event.data, Registration):
            registrations.append(
                RegistrationVersion(type=event.type, happened_at=event.time, **event.data.model_dump())
            )
    return Case(activities, registrations)


def needed(chronicle: Chronicle, *beliefs: Mapping[str, Any] | None) -> tuple[str, int] | None:
    """The letter that the person needs, and the version that gives rise to it."""
    found = due(case_of(chronicle), beliefs or [None])
    return (found.rule, found.occasion.version) if found else None


def said(chronicle: Chronicle) -> dict[str, Any]:
    """What a letter would say that is sent at this point of a chronicle."""
    return case_of(chronicle).truth.model_dump(mode="json")


def a_registration(**fields: Any) -> tuple[Chronicle, Activity, Registration]:
    chronicle = Chronicle()
    activity = chronicle.plan(**fields)
    return chronicle, activity, chronicle.register(activity, 1)


def moved(chronicle: Chronicle, activity: Activity, start: str = "2099-01-01") -> Activity:
    return chronicle.change(activity, "rescheduled", starts=start, ends=None)


def test_a_person_who_knows_the_truth_needs_no_letter() -> None:
    chronicle, _, _ = a_registration()
    assert needed(chronicle) == ("confirmation", 1)
    assert needed(chronicle, said(chronicle)) is None


def test_only_the_last_letter_counts_and_not_what_happened_in_between() -> None:
    chronicle, activity, _ = a_registration()
    told = said(chronicle)
    later = moved(chronicle, activity)
    assert needed(chronicle, told) == ("rescheduling", 2)
    cancelled = chronicle.cancel(later)
    assert needed(chronicle, told) == ("cancellation", 3)
    back = chronicle.change(cancelled, "reinstated", status="planned", status_reason=None)
    assert needed(chronicle, told) == ("rescheduling", 4)
    chronicle.change(back, "rescheduled", starts=activity.starts, ends=activity.ends)
    assert needed(chronicle, told) is None


def test_a_person_who_was_told_of_the_cancellation_is_told_that_it_takes_place_after_all() -> None:
    chronicle, activity, _ = a_registration()
    cancelled = chronicle.cancel(activity)
    told = said(chronicle)
    assert needed(chronicle, told) is None
    chronicle.change(cancelled, "reinstated", status="planned", starts="2099-01-01", ends=None)
    assert needed(chronicle, told) == ("reinstatement", 3)


def test_a_person_who_never_got_the_invitation_gets_no_bare_cancellation_of_it() -> None:
    chronicle, activity, registration = a_registration()
    chronicle.cancel(activity)
    assert needed(chronicle) is None
    chronicle, _, registration = a_registration()
    chronicle.withdraw(registration)
    assert needed(chronicle) is None


def test_a_registration_that_gave_way_to_another_of_the_same_person_is_told_to_nobody() -> None:
    chronicle, _, registration = a_registration()
    told = said(chronicle)
    chronicle.change_registration(registration, "updated", status="withdrawn", counted_as=registration.id)
    assert needed(chronicle, told) is None


def test_a_person_who_was_withdrawn_and_not_told_of_it_is_told_of_the_cancellation() -> None:
    chronicle, activity, registration = a_registration()
    told = said(chronicle)
    chronicle.withdraw(registration)
    assert needed(chronicle, told) == ("withdrawal", 2)
    chronicle.cancel(activity)
    assert needed(chronicle, told) == ("cancellation", 2)


def test_a_person_who_comes_back_after_withdrawing_is_confirmed_again() -> None:
    chronicle, _, registration = a_registration()
    withdrawn = chronicle.withdraw(registration)
    told = said(chronicle)
    chronicle.change_registration(withdrawn, "registered", status="registered")
    assert needed(chronicle, told) == ("confirmation", 3)


def test_a_letter_whose_fate_is_not_known_is_answered_by_one_that_is_right_in_both_cases() -> None:
    chronicle, activity, registration = a_registration()
    perhaps = said(chronicle)
    assert needed(chronicle, None, perhaps) == ("confirmation", 1)
    chronicle.cancel(activity)
    assert needed(chronicle, None, perhaps) == ("cancellation", 2)
    chronicle, _, registration = a_registration()
    perhaps = said(chronicle)
    chronicle.withdraw(registration)
    assert needed(chronicle, None, perhaps) == ("withdrawal", 2)


def test_a_move_that_may_have_been_told_is_taken_back_from_a_person_who_knew_the_former_dates() -> None:
    chronicle, activity, _ = a_registration()
    told = said(chronicle)
    there = moved(chronicle, activity)
    perhaps = said(chronicle)
    chronicle.change(there, "rescheduled", starts=activity.starts, ends=activity.ends)
    assert needed(chronicle, told, perhaps) == ("rescheduling", 3)


def test_who_was_there_needs_no_confirmation_and_a_correction_of_the_attendance_is_no_news() -> None:
    chronicle, _, registration = a_registration()
    told = said(chronicle)
    attended = chronicle.change_registration(registration, "attended", status="attended")
    assert needed(chronicle) is None
    absent = chronicle.change_registration(attended, "updated", status="absent")
    assert needed(chronicle, told) is None
    chronicle.change_registration(absent, "updated", status="registered")
    assert needed(chronicle, told) is None
    assert needed(chronicle) == ("confirmation", 1)


def test_another_place_is_told_when_it_was_moved_and_not_when_it_was_spelled_better() -> None:
    place = {"name": {"en": "Osh"}, "country": "KG"}
    chronicle, activity, _ = a_registration()
    told = said(chronicle)
    corrected = chronicle.change(activity, "updated", place=place)
    assert needed(chronicle, told) is None
    chronicle.change(corrected, "rescheduled", place={"name": {"en": "Naryn"}, "country": "KG"})
    assert needed(chronicle, told) == ("rescheduling", 3)


def test_dates_that_were_changed_by_an_update_are_told_all_the_same() -> None:
    chronicle, activity, _ = a_registration()
    told = said(chronicle)
    chronicle.change(activity, "updated", starts="2099-03", ends=None)
    assert needed(chronicle, told) == ("rescheduling", 2)


def test_one_day_written_once_or_twice_is_the_same_day() -> None:
    chronicle, activity, _ = a_registration(starts="2099-03-01", ends=None)
    told = said(chronicle)
    chronicle.change(activity, "updated", ends="2099-03-01")
    assert needed(chronicle, told) is None


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ("in-person", "online", True),
        ("unknown", "online", True),
        ("hybrid", "in-person", True),
        ("unknown", "in-person", False),
    ],
)
def test_another_format_is_told_and_one_that_was_found_out_is_not(before: str, after: str, news: bool) -> None:
    chronicle, activity, _ = a_registration(delivery=before)
    told = said(chronicle)
    chronicle.change(activity, "updated", delivery=after)
    assert (needed(chronicle, told) is not None) is news


def test_what_was_so_when_the_database_began_is_held_for_known() -> None:
    chronicle, activity, _ = a_registration()
    later = moved(chronicle, activity)
    since = chronicle.at
    known = assumed(case_of(chronicle), since)
    assert needed(chronicle, known) is None
    assert assumed(case_of(chronicle), since - timedelta(days=1)) is None
    chronicle.cancel(later)
    assert needed(chronicle, known) == ("cancellation", 3)


def test_what_a_person_knows_from_before_is_known_although_the_first_events_were_compacted_away() -> None:
    chronicle, activity, registration = a_registration()
    since = chronicle.at
    moved(chronicle, activity)
    chronicle.change_registration(registration, "updated", role="observer")
    whole = case_of(chronicle)
    compacted = Case(whole.activity_versions[1:], whole.registration_versions[1:])
    found = due(compacted, [assumed(compacted, since)])
    assert found is not None
    assert found.rule == "rescheduling"


def test_each_rule_is_needed_by_some_person() -> None:
    assert set(RULES) == {"confirmation", "withdrawal", "cancellation", "reinstatement", "rescheduling"}
    assert Said.model_validate(said(a_registration()[0])).registered


def test_an_activity_is_over_after_its_last_day_where_it_takes_place() -> None:
    chronicle = Chronicle()
    activity = chronicle.plan(starts="2026-05-04", ends="2026-05-06", time_zone="Asia/Bishkek")
    ends = over_at(activity)
    assert ends is not None
    assert ends.isoformat() == "2026-05-06T18:00:00+00:00"


def test_an_activity_known_to_the_month_is_over_when_the_month_is() -> None:
    chronicle = Chronicle()
    ends = over_at(chronicle.plan(starts="2026-05", ends=None, time_zone=None))
    assert ends is not None
    assert ends.isoformat() == "2026-06-01T00:00:00+00:00"


def test_an_activity_without_a_date_is_over_once_it_was_held() -> None:
    chronicle = Chronicle()
    planned = chronicle.plan(starts=None, ends=None)
    assert over_at(planned) is None
    held = chronicle.change(planned, "completed", status="held")
    assert over_at(held) == held.updated_at
