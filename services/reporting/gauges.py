"""The business gauges: the figures of each programme by each rule, from the same code that answers everybody else."""

from sqlalchemy import select

from services.reporting.facts.tables import known_at, programme
from services.reporting.figures.answering import answer
from services.reporting.figures.question import Question
from services.reporting.rules import RULES
from shared.database import Database
from shared.telemetry import metrics


async def refresh(database: Database) -> None:
    """Set the gauges. A share without a base has no value, and so no gauge."""
    async with database.transaction() as session:
        codes = (await session.scalars(select(programme.c.code).where(known_at(programme, None)))).all()
        found = [
            (code, rule, (await answer(session, Question.read(rule, {"programme": code}))).value)
            for code in codes
            for rule in RULES
        ]
    metrics.figure.clear()
    for code, rule, value in found:
        if value is not None:
            metrics.figure.labels(code, rule).set(value)
