"""A short name for all facts together, and the list of what differs between two sets of them.

The hash adds up the digests of single rows, so that neither order nor history of the writing shows in it: the same
events give the same hash, whichever way they came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sqlalchemy import BigInteger, MetaData, Numeric, Table, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import BIT

from services.reporting.facts.tables import FACTS, SCHEMA
from shared.database import Session

Discrepancy = Literal["missing", "different", "not in the history"]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One aggregate whose facts are not what its events say.

    Attributes:
        fact: the table.
        key: the aggregate's id, or an activity's where people are counted.
        what: seen from the live facts.
    """

    fact: str
    key: str
    what: Discrepancy


async def facts_hash(session: Session) -> str:
    """SHA-256 over the number and the summed digests of each table's rows, hexadecimal."""
    parts = []
    for table in FACTS:
        fact = table.alias("fact")
        leading = func.substr(func.md5(literal_column("fact::text")), 1, 15)
        number = cast(cast(func.concat("x", leading), BIT(60)), BigInteger)
        total = func.coalesce(func.sum(cast(number, Numeric)), 0)
        count, summed = (await session.execute(select(func.count(), total).select_from(fact))).one()
        parts.append(f"{table.name}:{count}:{summed}")
    return sha256("\n".join(parts).encode()).hexdigest()


async def differences(session: Session, schema: str, at_most: int = 1000) -> Sequence[Difference]:
    """What the live facts have otherwise than the facts in `schema`."""
    found: list[Difference] = []
    for table in FACTS:
        live, other = table.alias(), in_schema(table, schema)
        key = next(iter(table.columns)).name
        lacking, surplus = [
            set(await session.scalars(select(rows.c[key]).limit(at_most)))
            for rows in (
                select(other).except_(select(live)).subquery(),
                select(live).except_(select(other)).subquery(),
            )
        ]
        for name in lacking | surplus:
            what: Discrepancy = "missing" if name not in surplus else "different"
            if name not in lacking:
                what = "not in the history"
            found.append(Difference(table.name, str(name), what))
    return sorted(found)


def in_schema(table: Table, schema: str) -> Table:
    """The table of the same shape in another schema."""
    assert table.schema == SCHEMA
    return table.to_metadata(MetaData(), schema=schema)
