"""`outputs-handed-over`: outputs that reached those they were made for."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import OUTPUTS
from services.reporting.subjects.subject import Condition
from shared.web.language import lazy

OUTPUTS_HANDED_OVER_V1 = Rule(
    name="outputs-handed-over",
    version=1,
    subject=OUTPUTS,
    measure="outputs",
    title=lazy("Outputs handed over"),
    sentence=lazy(
        "Outputs that were handed over, each once, however many received it. In a period: those that were handed "
        "over in it first. By country: where those who received it are."
    ),
    conditions=lambda o: (Condition(o.status == "handed-over"),),
)
