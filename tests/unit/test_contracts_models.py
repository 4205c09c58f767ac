"""A state that contradicts itself is refused, what is unknown stays unknown, and vocabularies grow where they may."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts import Activity, Event, Organisation, Programme, Registration
from shared.contracts.activities import Headcount
from shared.contracts.examples import example_events

_STATES = {event.type: event.data for event in example_events()}


def _changed(event_type: str, **changed: Any) -> Any:
    """The example's state, read from JSON with some fields changed, as a newer publisher may have written it."""
    state = _STATES[event_type]
    assert state is not None
    return type(state).model_validate_json(json.dumps(state.model_dump(mode="json") | changed))


def _refused(event_type: str, match: str, **changed: Any) -> None:
    with pytest.raises(ValidationError, match=match):
        _changed(event_type, **changed)


def test_an_activity_that_ends_before_it_starts_is_refused() -> None:
    _refused("activity-created", "ends .2022-05-16. before it starts", starts="2022-05-17", ends="2022-05-16")
    _refused("activity-created", "ends .2021. before it starts", starts="2022-05", ends="2021")


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2022-05-17", "2022-05-17"),
        ("2022-05-17", "2022-05"),
        ("2022-05", "2022-05-01"),
        (None, "2022"),
        ("2022", None),
    ],
)
def test_dates_that_may_agree_are_taken(starts: str | None, ends: str | None) -> None:
    activity = _changed("activity-created", starts=starts, ends=ends)
    assert isinstance(activity, Activity)
    assert (activity.starts is None) == (starts is None)


def test_an_activity_without_dates_has_no_days() -> None:
    activity = _changed("activity-created", starts=None, ends=None)
    assert (activity.first_day, activity.last_day) == (None, None)


def test_the_last_day_of_an_activity_of_one_known_date_is_the_latest_that_date_can_mean() -> None:
    activity = _changed("activity-created", starts="2022-05", ends=None)
    assert (str(activity.first_day), str(activity.last_day)) == ("2022-05-01", "2022-05-31")


def test_more_women_than_people_are_refused() -> None:
    with pytest.raises(ValidationError, match="13 women are more than the 12"):
        Headcount(total=12, women=13)
    assert Headcount(total=12, women=12).women == 12


def test_countries_that_add_up_to_more_than_the_total_are_refused() -> None:
    with pytest.raises(ValidationError, match="add up to 13, the total is 12"):
        Headcount(total=12, by_country={"KG": 7, "UZ": 6})
    assert Headcount(total=12, by_country={"KG": 7}).by_country == {"KG": 7}


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValidationError):
        Headcount(total=12, by_country={"KG": -1})


@pytest.mark.parametrize("name", ["Asia/Frunze", "UTC+6", "America", "../etc/passwd", "", "Asia/Bishkek\0"])
def test_a_time_zone_that_is_not_in_the_iana_database_is_refused(name: str) -> None:
    _refused("activity-created", "not an IANA time zone", time_zone=name)


def test_a_beneficiary_country_counts_once() -> None:
    _refused("activity-created", "named twice", beneficiary_countries=["KG", "UZ", "KG"])


def test_a_merged_activity_and_no_other_says_where_the_truth_is() -> None:
    _refused("activity-merged", "merged_into", merged_into=None)
    _refused("activity-merged", "merged_into", status="held")


def test_phases_and_components_have_codes_of_their_own() -> None:
    programme = _STATES["programme-updated"]
    assert isinstance(programme, Programme)
    phase = programme.phases[0].model_dump(mode="json")
    _refused("programme-updated", "two phases of SAMPLE have the code 1", phases=[phase, phase])
    phase["components"] *= 2
    _refused("programme-updated", "two components of phase 1 have the code 2", phases=[phase])


@pytest.mark.parametrize(
    ("event_type", "field", "otherwise"),
    [
        ("activity-created", "kind", "other"),
        ("activity-created", "scope", "unknown"),
        ("activity-created", "delivery", "unknown"),
        ("organisation-added", "kind", "unknown"),
        ("participant-registered", "gender", "unknown"),
    ],
)
def test_a_word_of_a_newer_vocabulary_is_read_as_the_word_for_everything_else(
    event_type: str, field: str, otherwise: str
) -> None:
    assert getattr(_changed(event_type, **{field: "a-word-of-tomorrow"}), field) == otherwise


@pytest.mark.parametrize(
    ("event_type", "field"),
    [("activity-created", "status"), ("participant-registered", "status"), ("participant-registered", "role")],
)
def test_a_vocabulary_without_such_a_word_is_closed(event_type: str, field: str) -> None:
    _refused(event_type, field, **{field: "a-word-of-tomorrow"})


def test_in_our_own_code_a_typing_error_is_an_error_and_not_other() -> None:
    state = _STATES["activity-created"]
    assert isinstance(state, Activity)
    with pytest.raises(ValidationError, match="kind"):
        Activity.model_validate(dict(state) | {"kind": "wokshop"})


def test_a_person_is_nowhere_in_a_public_state() -> None:
    for model in (Activity, Organisation, Programme, Registration):
        assert not {"email", "phone", "surname", "contact", "person"} & set(model.model_fields)
    assert "name" not in Registration.model_fields


def test_a_state_cannot_be_changed_by_whoever_holds_it() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(_STATES["activity-created"], "version", 2)  # noqa: B010 (a type checker refuses it already)


_FIRST_EVENTS = [event for event in example_events() if event.sequence == 1]


@pytest.mark.parametrize("event", _FIRST_EVENTS, ids=lambda event: event.type)
def test_what_may_be_unknown_may_be_absent(event: Event) -> None:
    assert event.data is not None
    model = type(event.data)
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    smallest = model.model_validate_json(event.data.model_dump_json(include=required))
    assert smallest.model_fields_set == required
