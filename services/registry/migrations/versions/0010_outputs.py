"""Outputs: documents and things that activities lead to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "output",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programme.code"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("phase", sa.Text),
        sa.Column("component", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("activities", ARRAY(sa.Uuid), nullable=False),
        sa.Column("series", sa.Text),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("expected", sa.Text),
        sa.Column("drafted_on", sa.Text),
        sa.Column("translations", JSONB, nullable=False),
        sa.Column("handovers", JSONB, nullable=False),
        sa.Column("sources", JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_before", sa.Text),
        sa.Column("status_reason", sa.Text),
        sa.Column("sort_title", sa.Text(collation="C"), nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.UniqueConstraint("programme", "code", name="uq_output_programme_code"),
    )
    for key in ("sort_title", "updated_at", "code", "status"):
        op.create_index(f"ix_output_{key}_id", "output", [key, "id"])
    op.create_index("ix_output_activities", "output", ["activities"], postgresql_using="gin")
