"""The business gauges: the figures of each programme by each rule, from the same code that answers everybody else."""

from sqlalchemy import select

from services.reporting.facts.tables import known_at, programme
from services.reporting.figures.answering import answers
from services.reporting.figures.question import Question
from shared.database import Database
from shared.telemetry import metrics


async def refresh(database: Database) -> None:
    """Set the gauges to what may leave the house, because metrics are read without sign-in.

    What has no value has no gauge.
    """
    async with database.reading() as reading:
        codes = (await reading.scalars(select(programme.c.code).where(known_at(programme, None)))).all()
        asked = {code: Question.of_all_rules({"programme": code}, public=True) for code in codes}
        found = {code: await answers(reading, questions) for code, questions in asked.items()}
    metrics.figure.clear()
    for code, figures in found.items():
        for figure in figures:
            if figure.value is not None:
                metrics.figure.labels(code, figure.rule).set(figure.value)
