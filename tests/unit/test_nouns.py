"""A noun stands in each table of contents that there is: to forget it in one of them is red here."""

from typing import Any

import pytest
from hypothesis import find

from services.registry.http.api import history
from services.registry.journal import BOOKKEEPING
from services.registry.models import Activity, ActivityState, Person, Programme
from services.registry.nouns import NOUNS, Noun, event_of, noun_of
from services.reporting.facts.rows import FACTS as KEPT
from services.reporting.groups import FACTS, GROUPS
from shared.contracts import PUBLIC, UnknownEventType
from tests.strategies import histories
from tests.unit.test_registry_activity import NOW, TREE, described

OF_THE_REGISTRY = {topic.name for topic in PUBLIC if topic.writer == "registry"}


def by_name(noun: Noun) -> str:
    return noun.name


def test_each_topic_that_the_registry_publishes_is_of_one_noun() -> None:
    assert sorted(noun.topic.name for noun in NOUNS) == sorted(OF_THE_REGISTRY)


@pytest.mark.parametrize("noun", NOUNS, ids=by_name)
def test_a_noun_has_words_for_each_field_and_each_event(noun: Noun) -> None:
    shown = set(noun.topic.state.model_fields) - BOOKKEEPING - set(noun.hidden)
    assert noun.words.fields.keys() == shown
    assert noun.words.events.keys() == set(noun.topic.events)
    assert set(noun.words.values) | set(noun.words.unsaid) <= shown


@pytest.mark.parametrize("noun", NOUNS, ids=by_name)
def test_the_history_of_a_noun_can_be_asked_for(noun: Noun) -> None:
    paths = {getattr(route, "path", "") for route in history.router.routes}
    assert f"/{noun.path}/{{{noun.key}}}/history" in paths


def test_reporting_keeps_what_it_listens_to_and_listens_to_all_that_the_registry_publishes() -> None:
    heard = {topic.name for topic in GROUPS[FACTS]}
    assert heard == KEPT.keys()
    assert heard >= OF_THE_REGISTRY


@pytest.mark.parametrize("topic", PUBLIC, ids=lambda topic: topic.name)
def test_histories_of_each_topic_are_made_up_for_tests(topic: Any) -> None:
    assert find(histories(), lambda history: history[0].topic is topic)


def test_an_activity_is_one_in_its_table_and_out_of_it() -> None:
    assert noun_of(Activity) is noun_of(ActivityState)
    tried = ActivityState.planned(TREE, None, described(), NOW)
    assert event_of(tried, "activity-created").key == str(tried.id)


def test_a_programme_belongs_to_itself() -> None:
    event = event_of(TREE, "programme-defined")
    assert (event.key, event.programme) == (TREE.code, TREE.code)
    assert isinstance(TREE, Programme)


def test_what_is_no_noun_is_told_of_nowhere() -> None:
    with pytest.raises(TypeError, match="Person stands in no row of NOUNS"):
        noun_of(Person)


def test_an_event_of_another_noun_cannot_be_written() -> None:
    with pytest.raises(UnknownEventType, match=r"programmes\.v1 declares no 'activity-updated'"):
        event_of(TREE, "activity-updated")
