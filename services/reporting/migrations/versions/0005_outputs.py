"""Outputs: documents and things that activities lead to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "output",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True)),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("phase", sa.Text),
        sa.Column("component", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("day_earliest", sa.Date),
        sa.Column("day_latest", sa.Date),
        sa.Column("countries", ARRAY(sa.Text)),
        sa.Column("digest", sa.BigInteger, nullable=False),
        schema="facts",
    )
    op.create_index(
        "ix_output_current",
        "output",
        ["programme", "phase"],
        schema="facts",
        postgresql_where=sa.text("known_until IS NULL"),
    )
