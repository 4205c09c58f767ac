"""The outbox: an event is written in the same transaction as the change it tells of, and nothing else publishes.

So everything committed is published at least once and nothing uncommitted ever is. Rows are deleted when Kafka has
acknowledged them; following a serial id with a cursor would skip rows that commit late.
"""

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, Table, Text, func, insert
from sqlalchemy.dialects.postgresql import JSONB

from shared.contracts import Event
from shared.database import Session, shared_tables
from shared.telemetry.traces import current_traceparent

outbox = Table(
    "outbox",
    shared_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

_INSERT = insert(outbox)  # built once: SQLAlchemy knows it again without looking at it


async def put(session: Session, *events: Event) -> None:
    """Publish events when, and only if, the session's transaction commits.

    The aggregate's row must be locked by the transaction, so that events of one aggregate get their places in the order
    of their versions.

    Raises:
        RecordTooLarge: Kafka would never take it, and it would block whatever follows.
    """
    if not events:
        return
    traceparent = current_traceparent()
    rows = []
    for event in events:
        record = event.to_record()
        headers = [[name, raw.decode()] for name, raw in record.headers]
        if traceparent and event.traceparent is None:
            headers.append(["traceparent", traceparent])
        rows.append({"topic": record.topic, "key": record.key, "value": record.value, "headers": headers})
    await session.flush()  # the change first: a rule that the database refuses must not leave an event behind it
    await session.execute(_INSERT, rows)
