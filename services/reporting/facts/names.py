"""What the facts call programmes and organisations, as they are known now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from services.reporting.facts.tables import known_at, organisation, programme
from shared.database import Session


async def known_programmes(session: Session) -> Sequence[Row[Any]]:
    """Each programme with its names, countries and phases."""
    return (await session.execute(select(programme).where(known_at(programme, None)))).all()


async def organisation_names(session: Session) -> dict[str, dict[str, str]]:
    """The names of each organisation, by language, by its id."""
    rows = await session.execute(select(organisation.c.id, organisation.c.name).where(known_at(organisation, None)))
    return {str(row.id): row.name for row in rows}
