"""Programmes, organisations, activities, the vault, registrations, the journal, answered requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("short_name", JSONB, nullable=False),
        sa.Column("donor", sa.Text),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("countries", ARRAY(sa.Text), nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("phases", JSONB, nullable=False),
        *_version(),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programme.code"), nullable=False, index=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("short_name", JSONB, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("country", sa.Text),
        sa.Column("parent_id", sa.Uuid, sa.ForeignKey("organisation.id")),
        *_version(),
    )
    _activities()
    _people()
    _journal()
    op.create_table(
        "answered_request",
        sa.Column("actor_id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("status", sa.Integer),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", JSONB),
    )


def _version() -> list[sa.Column[object]]:
    return [
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _activities() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programme.code"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("component", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("starts", sa.Text),
        sa.Column("ends", sa.Text),
        sa.Column("time_zone", sa.Text),
        sa.Column("place", JSONB),
        sa.Column("beneficiary_countries", ARRAY(sa.Text), nullable=False),
        sa.Column("host_country", sa.Text),
        sa.Column("co_organisers", JSONB, nullable=False),
        sa.Column("expert_organisations", JSONB, nullable=False),
        sa.Column("series", sa.Text),
        sa.Column("headcount", JSONB),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_before", sa.Text),
        sa.Column("status_reason", sa.Text),
        sa.Column("merged_into", sa.Uuid, sa.ForeignKey("activity.id"), index=True),
        sa.Column("lent_sources", JSONB, nullable=False),
        sa.Column("outputs", JSONB, nullable=False),
        sa.Column("sources", JSONB, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("earliest", sa.Date),
        sa.Column("latest", sa.Date),
        sa.Column("sort_title", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        *_version(),
        sa.UniqueConstraint("programme", "code", name="uq_activity_programme_code"),
    )
    # A page of the list begins after a sort key and an id: one index for each order, read forwards or backwards.
    for column in ("day", "sort_title", "updated_at", "code"):
        op.create_index(f"ix_activity_{column}_id", "activity", [column, "id"])


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programme.code"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("email_key", sa.Text),
        sa.Column("likeness", sa.Text, nullable=False),
        *_version(),
    )
    op.create_index("ix_person_likeness", "person", ["programme", "likeness"])
    op.create_index(
        "uq_person_email",
        "person",
        ["programme", "email_key"],
        unique=True,
        postgresql_where=sa.text("email_key IS NOT NULL"),
    )
    op.create_index(
        "uq_person_likeness",
        "person",
        ["programme", "likeness"],
        unique=True,
        postgresql_where=sa.text("email_key IS NULL"),
    )
    op.create_table(
        "erased_person",
        sa.Column("person_key", sa.Text, primary_key=True),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("activity_id", sa.Uuid, sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
        sa.Column("person_key", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("gender", sa.Text, nullable=False),
        sa.Column("country", sa.Text),
        sa.Column("organisation", JSONB),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("days_attended", ARRAY(sa.Date), nullable=False),
        sa.Column("moved_from", sa.Uuid),
        *_version(),
        sa.UniqueConstraint("activity_id", "person_id", name="uq_registration_activity_person"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("data", JSONB, nullable=False),
        sa.UniqueConstraint("topic", "key", "sequence", name="uq_journal_topic_key_sequence"),
    )
    op.execute(
        "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only: % is refused', TG_OP; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()"
    )
