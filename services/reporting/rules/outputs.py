"""`outputs`: documents and things that activities lead to, whatever step they have reached."""

from services.reporting.rules.rule import Rule
from services.reporting.subjects import OUTPUTS
from services.reporting.subjects.subject import Condition

OUTPUTS_V1 = Rule(
    name="outputs",
    version=1,
    subject=OUTPUTS,
    measure="outputs",
    title={"en": "Outputs", "ru": "Результаты"},
    sentence={
        "en": "All outputs: planned, drafted, translated and handed over. Dropped ones do not count. In a period: "
        "those whose furthest step lies in it; a planned one, when it is expected.",
        "ru": "Все результаты: запланированные, подготовленные, переведённые и переданные. Снятые не учитываются. За "
        "период: те, чей последний шаг приходится на него; запланированный — когда он ожидается.",
    },
    conditions=lambda o: (Condition(o.status != "dropped"),),
)
