"""`events`: the widest count, of which all others are a part ("306 events, of which 275 thematic")."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import ACTIVITIES
from services.reporting.subjects.activities import held

EVENTS_V1 = Rule(
    name="events",
    version=1,
    subject=ACTIVITIES,
    measure="activities",
    title={"en": "Events", "ru": "Все мероприятия"},
    sentence={
        "en": "All activities that were held, steering-group meetings included. Planned, cancelled and merged ones do "
        "not count.",
        "ru": "Все проведённые мероприятия, включая заседания руководящих групп. Запланированные, отменённые и "
        "объединённые с другими не учитываются.",
    },
    conditions=held,
)
