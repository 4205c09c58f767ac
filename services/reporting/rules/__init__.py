"""The counting rules. What a published number means is decided here and nowhere else."""

from collections.abc import Mapping

from services.reporting.rules.capacity_building import CAPACITY_BUILDING_V1
from services.reporting.rules.events import EVENTS_V1
from services.reporting.rules.outputs import OUTPUTS_V1
from services.reporting.rules.outputs_handed_over import OUTPUTS_HANDED_OVER_V1
from services.reporting.rules.participants import PARTICIPANTS_V1, PARTICIPANTS_V2
from services.reporting.rules.people import PEOPLE_V1, PEOPLE_V2
from services.reporting.rules.rule import Rule
from services.reporting.rules.thematic import THEMATIC_V1
from services.reporting.rules.women_share import WOMEN_SHARE_V1, WOMEN_SHARE_V2
from shared.errors import DomainError

RULES: Mapping[str, Rule] = {
    "events.v1": EVENTS_V1,
    "thematic.v1": THEMATIC_V1,
    "capacity-building.v1": CAPACITY_BUILDING_V1,
    "participants.v1": PARTICIPANTS_V1,
    "people.v1": PEOPLE_V1,
    "women-share.v1": WOMEN_SHARE_V1,
    "participants.v2": PARTICIPANTS_V2,
    "people.v2": PEOPLE_V2,
    "women-share.v2": WOMEN_SHARE_V2,
    "outputs.v1": OUTPUTS_V1,
    "outputs-handed-over.v1": OUTPUTS_HANDED_OVER_V1,
}
"""All that were ever published: a figure can be asked for by each of them for ever."""


class UnknownRule(DomainError):
    """There is no counting rule of this name."""

    status = 404
    slug = "unknown-rule"


def rule_named(name: str) -> Rule:
    """The rule `events.v1`; or the newest version of `events`.

    Raises:
        UnknownRule: no rule is called so.
    """
    if name in RULES:
        return RULES[name]
    versions = [rule for rule in RULES.values() if rule.name == name]
    if not versions:
        raise UnknownRule(f"There is no counting rule '{name}'. Known: {', '.join(RULES)}.", field="rule")
    return max(versions, key=lambda rule: rule.version)


CURRENT: Mapping[str, Rule] = {
    newest.id: newest for newest in (rule_named(name) for name in dict.fromkeys(rule.name for rule in RULES.values()))
}
"""The newest version of each rule: what pages, gauges and lists of figures count by."""


__all__ = ["CURRENT", "RULES", "Rule", "UnknownRule", "rule_named"]
