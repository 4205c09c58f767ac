"""`thematic`: what a programme holds for its subject, without the meetings in which it is steered."""

from services.reporting.rules.events import EVENTS_V1
from services.reporting.rules.rule import Rule
from services.reporting.subjects import ACTIVITIES
from services.reporting.subjects.subject import Condition
from shared.web.language import lazy

THEMATIC_V1 = Rule(
    name="thematic",
    version=1,
    subject=ACTIVITIES,
    measure="activities",
    title=lazy("Thematic activities"),
    sentence=lazy("All activities that were held, without National and Regional Steering Group meetings."),
    conditions=lambda a: (*EVENTS_V1.conditions(a), Condition(a.kind != "steering-group")),
)
