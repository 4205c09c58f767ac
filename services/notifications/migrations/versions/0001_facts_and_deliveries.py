"""Facts, deliveries, the switch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = ("planned", "leased", "sent", "bounced", "failed", "cancelled", "expired")


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", JSONB, nullable=False),
    )
    op.create_table(
        "contact",
        sa.Column("person_key", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.String),
        sa.Column("email", sa.String),
        sa.Column("language", sa.String),
        sa.Column("erased", sa.Boolean, nullable=False),
    )
    op.create_table(
        "activity_version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("over_at", MOMENT),
        sa.Column("state", JSONB, nullable=False),
    )
    op.create_table(
        "registration_version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("activity_id", sa.Uuid, nullable=False, index=True),
        sa.Column("programme", sa.String, nullable=False),
        sa.Column("person_key", sa.String, nullable=False, index=True),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("subject", sa.Uuid, nullable=False, index=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("occasion", sa.Integer, nullable=False),
        sa.Column("notice_id", sa.Uuid, nullable=False, index=True),
        sa.Column("activity_id", sa.Uuid, nullable=False),
        sa.Column("programme", sa.String, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("asks", sa.Boolean, nullable=False),
        sa.Column("released_by", sa.Uuid),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("answer", sa.Integer),
        sa.Column("sent_at", MOMENT),
        sa.Column("told_version", sa.Integer),
        sa.Column("calendar", sa.Text),
        sa.UniqueConstraint("rule", "subject", "recipient", "occasion", name="uq_delivery_key"),
        sa.CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
    )
    op.create_index(
        "ix_delivery_to_send",
        "delivery",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'planned' AND NOT asks"),
    )
    op.create_index("ix_delivery_leased", "delivery", ["leased_until"], postgresql_where=sa.text("state = 'leased'"))
    op.create_index("ix_delivery_told", "delivery", ["activity_id", "recipient"])
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Uuid),
        sa.CheckConstraint("id = 1", name="only_row"),
    )
    # From this moment on people are told what happens. Whatever the topics hold from before was told already, or was
    # never meant to be: so a new database that reads them from the beginning sends nothing.
    op.execute("INSERT INTO sending (id, held, since, changed_at) VALUES (1, false, now(), now())")
