"""A noun stands in each table of contents that there is: to forget it in one of them is red here."""

from services.reporting.facts.rows import FACTS as KEPT
from services.reporting.groups import FACTS, GROUPS
from shared.contracts import PUBLIC


def test_reporting_keeps_what_it_listens_to_and_listens_to_all_that_the_registry_publishes() -> None:
    heard = {topic.name for topic in GROUPS[FACTS]}
    assert heard == KEPT.keys()
    assert heard >= {topic.name for topic in PUBLIC if topic.writer == "registry"}
