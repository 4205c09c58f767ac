"""The facts, in a schema of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CURRENT = sa.text("known_until IS NULL")


def upgrade() -> None:
    op.execute("CREATE SCHEMA facts")
    versions(
        "programme",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("short_name", JSONB, nullable=False),
        sa.Column("countries", ARRAY(sa.Text), nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("phases", JSONB, nullable=False),
    )
    versions(
        "organisation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("country", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("merged_into", sa.Uuid),
    )
    versions(
        "activity",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("component", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("delivery", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("starts", sa.Text),
        sa.Column("ends", sa.Text),
        sa.Column("starts_earliest", sa.Date),
        sa.Column("starts_latest", sa.Date),
        sa.Column("countries", ARRAY(sa.Text)),
        sa.Column("headcount", sa.Integer),
        sa.Column("headcount_women", sa.Integer),
        sa.Column("headcount_by_country", JSONB),
        sa.Column("headcount_precision", sa.Text),
        sa.Column("digest", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_activity_current", "activity", ["programme", "phase"], schema="facts", postgresql_where=CURRENT)
    versions(
        "registration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("activity_id", sa.Uuid, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("person_key", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("gender", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("organisation", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
    )
    op.create_index(
        "ix_registration_current", "registration", ["activity_id"], schema="facts", postgresql_where=CURRENT
    )
    op.create_table(
        "cell",
        sa.Column("activity_id", sa.Uuid, nullable=False),
        sa.Column("gender", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("organisation", sa.Text),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        schema="facts",
    )
    op.create_index("ix_facts_cell_activity_id", "cell", ["activity_id"], schema="facts")
    op.create_table(
        "attendance",
        sa.Column("activity_id", sa.Uuid, primary_key=True),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("women", sa.Integer, nullable=False),
        sa.Column("gender_known", sa.Integer, nullable=False),
        schema="facts",
    )


def versions(name: str, key: sa.Column[object], *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        key,
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True)),
        *columns,
        schema="facts",
    )
