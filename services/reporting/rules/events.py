"""`events`: the widest count, of which all others are a part ("306 events, of which 275 thematic")."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import ACTIVITIES
from services.reporting.subjects.activities import held
from shared.web.language import lazy

EVENTS_V1 = Rule(
    name="events",
    version=1,
    subject=ACTIVITIES,
    measure="activities",
    title=lazy("Events"),
    sentence=lazy(
        "All activities that were held, steering-group meetings included. Planned, cancelled and merged ones do "
        "not count."
    ),
    conditions=held,
)
