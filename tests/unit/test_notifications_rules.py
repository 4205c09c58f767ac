"""Who is told what: the rules asked directly, of cases made from the events of a chronicle."""

from services.notifications.facts.activity import ActivityVersion, over_at
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.case import Case, Occasion, RuleName, Told
from services.notifications.rules.table import RULES, due
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


def told_now(chronicle: Chronicle) -> list[tuple[RuleName, int]]:
    return [(thing.rule, thing.occasion.version) for thing in due(case_of(chronicle))]


def test_a_correction_of_the_attendance_confirms_nothing_again() -> None:
    chronicle = Chronicle()
    registration = chronicle.register(chronicle.plan(), 1)
    attended = chronicle.change_registration(registration, "attended", status="attended")
    chronicle.change_registration(attended, "updated", status="registered")
    assert told_now(chronicle) == []


def test_whoever_comes_back_after_withdrawing_is_confirmed_again() -> None:
    chronicle = Chronicle()
    withdrawn = chronicle.withdraw(chronicle.register(chronicle.plan(), 1))
    chronicle.change_registration(withdrawn, "registered", status="registered")
    assert told_now(chronicle) == [("confirmation", 3)]


def test_a_registration_whose_first_event_was_compacted_away_counts_from_when_it_was_recorded() -> None:
    chronicle = Chronicle()
    activity = chronicle.plan()
    registration = chronicle.register(activity, 1)
    chronicle.change(activity, "rescheduled", starts="2099-01-01", ends=None)
    chronicle.change_registration(registration, "updated", role="observer")
    whole = case_of(chronicle)
    compacted = Case(whole.activity_versions, whole.registration_versions[1:])
    assert [thing.rule for thing in due(compacted)] == ["rescheduling"]


def test_another_place_is_told_when_it_was_moved_and_not_when_it_was_spelled_better() -> None:
    place = {"name": {"en": "Osh"}, "country": "KG"}
    chronicle = Chronicle()
    activity = chronicle.plan()
    registration = chronicle.register(activity, 1)
    assert registration.status == "registered"
    corrected = chronicle.change(activity, "updated", place=place)
    assert ("rescheduling", 2) not in told_now(chronicle)
    chronicle.change(corrected, "rescheduled", place={"name": {"en": "Naryn"}, "country": "KG"})
    assert ("rescheduling", 3) in told_now(chronicle)


def test_dates_that_were_changed_by_an_update_are_told_all_the_same() -> None:
    chronicle = Chronicle()
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    chronicle.change(activity, "updated", starts="2099-03", ends=None)
    assert ("rescheduling", 2) in told_now(chronicle)


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


def _superfluous(rule: RuleName, version: int, *told: Told) -> str | None:
    return RULES[rule].superfluous(Occasion(version, Chronicle().at), told)


def test_a_change_is_not_told_to_whom_a_later_mail_told_it_already() -> None:
    assert _superfluous("rescheduling", 3, Told("confirmation", 3, "REQUEST")) == "already-told"
    assert _superfluous("rescheduling", 3, Told("confirmation", 2, "REQUEST")) is None


def test_nobody_is_told_of_a_withdrawal_who_was_never_told_of_the_registration() -> None:
    assert _superfluous("withdrawal", 2) == "never-told"
    assert _superfluous("withdrawal", 2, Told("confirmation", 1, "REQUEST")) is None
    assert _superfluous("withdrawal", 4, Told("withdrawal", 2, "CANCEL")) == "never-told"


def test_only_who_was_told_of_the_cancellation_is_told_that_it_takes_place_after_all() -> None:
    assert _superfluous("reinstatement", 3, Told("confirmation", 1, "REQUEST")) == "never-told"
    assert _superfluous("reinstatement", 3, Told("cancellation", 2, "CANCEL")) is None
