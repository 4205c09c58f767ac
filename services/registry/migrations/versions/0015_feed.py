"""The order of the feed, its subscribers, and the journal's states as the text in which they were written.

JSONB keeps no order of fields; as `json` the text stays, and the feed gives the bytes that Kafka has. States that were
written before keep the order that PostgreSQL gave them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE journal ALTER COLUMN data TYPE json USING data::text::json")
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger),
    )
    op.execute(
        "INSERT INTO feed (position, topic, number) "
        "SELECT position, topic, row_number() OVER (PARTITION BY topic ORDER BY position) FROM journal"
    )
    op.create_index("uq_feed_topic_number", "feed", ["topic", "number"], unique=True)
    op.create_index("ix_feed_waiting", "feed", ["position"], postgresql_where=sa.text("number IS NULL"))
    op.execute(
        "CREATE FUNCTION journal_waits_for_its_place() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO feed (position, topic) SELECT position, topic FROM written; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_waits_for_its_place AFTER INSERT ON journal REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_waits_for_its_place()"
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("contact", sa.Text),
        sa.Column("topics", ARRAY(sa.Text), nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    unrevoked = sa.text("revoked_at IS NULL")
    op.create_index("uq_subscriber_name", "subscriber", ["name"], unique=True, postgresql_where=unrevoked)
    op.create_index("uq_subscriber_secret_hash", "subscriber", ["secret_hash"], unique=True)
