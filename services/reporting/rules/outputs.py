"""`outputs`: documents and things that activities lead to, whatever step they have reached."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import OUTPUTS
from services.reporting.subjects.subject import Condition
from shared.web.language import lazy

OUTPUTS_V1 = Rule(
    name="outputs",
    version=1,
    subject=OUTPUTS,
    measure="outputs",
    title=lazy("Outputs"),
    sentence=lazy(
        "All outputs: planned, drafted, translated and handed over. Dropped ones do not count. In a period: "
        "those whose furthest step lies in it; a planned one, when it is expected."
    ),
    conditions=lambda o: (Condition(o.status != "dropped"),),
)
