"""What can become of a registration, and what the vault knows people by."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from services.registry.models import Activity, Person, PersonDetails, PersonKeys, Registration, RegistrationBase
from services.registry.models.errors.activity import ActivityCancelled
from services.registry.models.errors.registration import (
    AlreadyAttended,
    AlreadyRegistered,
    DayOutsideActivity,
    DayStillAhead,
    RegistrationErased,
    RegistrationWithdrawn,
)
from services.registry.models.person import likeness_of
from services.registry.models.registration import fresh_person_key
from services.registry.usecases.activities.plan import PlanActivity
from shared.contracts.participants import RegistrationStatus
from shared.identifiers import new_id
from tests.unit.test_registry_activity import planned

NOW = datetime(2026, 9, 16, 20, tzinfo=UTC)
DAYS = (date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 16))


def workshop() -> Activity:
    return planned(starts="2026-09-14", ends="2026-09-18")


def entered(activity: Activity, status: RegistrationStatus = "registered") -> Registration:
    details = RegistrationBase(country="KG")
    return Registration.entered(activity, details, person_id=new_id(), person_key="key", status=status, at=NOW)


def test_days_of_attendance_are_kept_in_order_and_once() -> None:
    activity = workshop()
    registration = entered(activity)
    assert registration.attend(activity, [DAYS[1], DAYS[0], DAYS[1]], NOW)
    assert (registration.status, registration.days_attended) == ("attended", DAYS[:2])
    assert not registration.attend(activity, DAYS[:2], NOW)
    assert registration.version == 2


def test_attendance_outside_the_days_of_the_activity_is_refused() -> None:
    activity = workshop()
    for day in (date(2026, 9, 13), date(2026, 9, 19)):
        with pytest.raises(DayOutsideActivity, match=str(day)):
            entered(activity).attend(activity, [day], NOW)


def test_attendance_is_marked_when_the_day_has_come() -> None:
    with pytest.raises(DayStillAhead):
        entered(workshop()).attend(workshop(), [date(2026, 9, 18)], NOW)


def test_who_came_on_a_day_that_nobody_knows_has_attended() -> None:
    activity = planned(starts=None)
    registration = entered(activity)
    assert registration.attend(activity, [], NOW)
    assert (registration.status, registration.days_attended) == ("attended", ())


def test_absence_and_the_lack_of_a_mark_are_different_things() -> None:
    activity = workshop()
    registration = entered(activity)
    registration.attend(activity, DAYS, NOW)
    assert registration.absent(activity, NOW)
    assert (registration.status, registration.days_attended) == ("absent", ())
    assert registration.unmark(activity, NOW)
    assert registration.status == "registered"
    assert not registration.unmark(activity, NOW)


def test_who_has_attended_cannot_withdraw() -> None:
    activity = workshop()
    registration = entered(activity)
    registration.attend(activity, DAYS, NOW)
    with pytest.raises(AlreadyAttended):
        registration.withdraw(NOW)


def test_who_has_withdrawn_can_be_registered_again_and_attends_only_then() -> None:
    activity = workshop()
    registration = entered(activity)
    assert registration.withdraw(NOW)
    assert not registration.withdraw(NOW)
    with pytest.raises(RegistrationWithdrawn):
        registration.attend(activity, DAYS, NOW)
    registration.register(RegistrationBase(), NOW)
    assert registration.attend(activity, DAYS, NOW)


def test_nobody_is_registered_twice() -> None:
    activity = workshop()
    entered(activity, "nominated").register(RegistrationBase(), NOW)
    with pytest.raises(AlreadyRegistered):
        entered(activity).register(RegistrationBase(), NOW)


def test_nobody_attends_a_cancelled_activity() -> None:
    activity = workshop()
    registration = entered(activity)
    activity.cancel("No room", NOW)
    with pytest.raises(ActivityCancelled):
        registration.attend(activity, DAYS, NOW)


def test_an_erased_registration_still_counts_and_leads_nowhere() -> None:
    registration = entered(workshop())
    registration.erase(fresh_person_key(), NOW)
    assert (registration.person_id, registration.version) == (None, 2)
    assert registration.person_key != "key"
    with pytest.raises(RegistrationErased):
        registration.refuse_if_erased()


def test_a_fresh_person_key_looks_like_any_other() -> None:
    keys = PersonKeys(b"a" * 32)
    person = Person.met("SAMPLE", PersonDetails(name="Sample Person 1"), "likeness", NOW)
    assert len(fresh_person_key()) == len(keys.key(person))


def test_a_person_has_another_key_in_each_programme_and_under_each_secret() -> None:
    person = Person.met("SAMPLE", PersonDetails(name="Sample Person 1"), "likeness", NOW)
    elsewhere = person.model_copy(update={"programme": "OTHER"})
    keys, others = PersonKeys(b"a" * 32), PersonKeys(b"b" * 32)
    assert len({keys.key(person), keys.key(elsewhere), others.key(person)}) == 3
    assert keys.key(person) == PersonKeys(b"a" * 32).key(person)
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        PersonKeys(b"short")


def test_likeness_sees_neither_case_nor_spaces_and_everything_else() -> None:
    def likeness(name: str, organisation: str | None = "Sample Agency", country: str | None = "KG") -> str:
        return likeness_of(PersonDetails(name=name), organisation, country)

    assert likeness("Sample  PERSON 1", " sample agency") == likeness("sample person 1")
    differing = {
        likeness("Sample Person 1"),
        likeness("Sample Person 2"),
        likeness("Sample Person 1", "Other Agency"),
        likeness("Sample Person 1", country="TJ"),
        likeness("Sample Person 1", None, None),
    }
    assert len(differing) == 5


def test_a_person_learns_what_is_given_and_forgets_nothing_by_it() -> None:
    person = Person.met("SAMPLE", PersonDetails(name="Sample Person 1", email="one@example.org"), "x", NOW)
    assert not person.learn(PersonDetails(name="Sample Person 1"), None, None, NOW)
    told = PersonDetails(name="Another Person", email="office@example.org", language="ru")
    assert person.learn(told, "Sample Agency", "KG", NOW)
    assert (person.name, person.email) == ("Sample Person 1", "one@example.org"), "nobody's name is overwritten"
    assert (person.language, person.version) == ("ru", 2)
    assert person.correct(PersonDetails(name="Sample Person One"), NOW)
    assert (person.name, person.email, person.email_key, person.version) == ("Sample Person One", None, None, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", {"en": "with \x00 inside"}),
        ("title", {}),
        ("title", {"en": "   "}),
        ("title", {"english": "Sample"}),
        ("title", {"en": "x" * 501}),
        ("kind", "party"),
        ("starts", "2026-02-30"),
        ("starts", "14.09.2026"),
        ("time_zone", "Mars/Olympus"),
        ("beneficiary_countries", ["ZZ"]),
        ("host_country", "ZZ"),
        ("place", {"name": {"en": "Nowhere"}, "country": "XX"}),
        ("surprise", "a field nobody knows"),
    ],
)
def test_a_command_refuses_what_cannot_be_true(field: str, value: Any) -> None:
    good = {"programme": "SAMPLE", "phase": "1", "kind": "workshop", "title": {"en": "Sample"}}
    PlanActivity.model_validate(good)
    with pytest.raises(ValidationError):
        PlanActivity.model_validate(good | {field: value})
