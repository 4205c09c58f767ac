"""`capacity-building`: what a phase does for its components' objectives ("131 activities since October 2021").

`general` is no component: it has no objective of its own, and what serves all components (a launch, a donors' meeting)
is not counted for any. A phase that names no start of active implementation has been active from its beginning.
"""

from services.reporting.rules.rule import Rule
from services.reporting.rules.thematic import THEMATIC_V1
from services.reporting.subjects import ACTIVITIES
from services.reporting.subjects.subject import Condition
from shared.web.language import lazy

CAPACITY_BUILDING_V1 = Rule(
    name="capacity-building",
    version=1,
    subject=ACTIVITIES,
    measure="activities",
    title=lazy("Capacity-building activities"),
    sentence=lazy(
        "Thematic activities that belong to a component of their phase and started on or after the first day of "
        "the phase's active implementation. Those of unknown day or component may belong and are shown beside."
    ),
    conditions=lambda a: (
        *THEMATIC_V1.conditions(a),
        Condition(a.component != "general", unknown="component"),
        Condition(a.active_since.is_(None) | ACTIVITIES.within(a, a.active_since), unknown="day"),
    ),
)
