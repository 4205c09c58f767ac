"""`outputs-handed-over`: outputs that reached those they were made for."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import OUTPUTS
from services.reporting.subjects.subject import Condition

OUTPUTS_HANDED_OVER_V1 = Rule(
    name="outputs-handed-over",
    version=1,
    subject=OUTPUTS,
    measure="outputs",
    title={"en": "Outputs handed over", "ru": "Переданные результаты"},
    sentence={
        "en": "Outputs that were handed over, each once, however many received it. In a period: those that were handed "
        "over in it first. By country: where those who received it are.",
        "ru": "Результаты, которые переданы получателям; каждый один раз, сколько бы их ни было. За период: те, что "
        "переданы впервые в нём. По странам: где находятся получатели.",
    },
    conditions=lambda o: (Condition(o.status == "handed-over"),),
)
