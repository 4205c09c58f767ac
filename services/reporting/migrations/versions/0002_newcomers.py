"""Where a person took part first; and cells that do not tell organisations apart."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    took_part = sa.text("known_until IS NULL AND status = 'attended' AND role = 'participant'")
    for name, columns in (
        ("ix_registration_activity", ["activity_id", "programme", "person_key"]),
        ("ix_registration_person", ["programme", "person_key", "activity_id"]),
    ):
        op.create_index(name, "registration", columns, schema="facts", postgresql_where=took_part)
    op.drop_column("cell", "organisation", schema="facts")
    op.create_table(
        "first_attendance",
        sa.Column("person_key", sa.Text(collation="C"), primary_key=True),
        sa.Column("programme", sa.Text, primary_key=True),
        sa.Column("phase", sa.Text, primary_key=True),
        sa.Column("activity_id", sa.Uuid, primary_key=True),
        sa.Column("of_programme", sa.Boolean, primary_key=True),
        schema="facts",
    )
    op.create_index("ix_facts_first_attendance_activity_id", "first_attendance", ["activity_id"], schema="facts")
    op.create_table(
        "newcomers",
        sa.Column("activity_id", sa.Uuid, primary_key=True),
        sa.Column("of_programme", sa.Integer, nullable=False),
        sa.Column("of_phase", sa.Integer, nullable=False),
        schema="facts",
    )
    fill()


def fill() -> None:
    """What a rebuild would leave in these tables."""
    op.execute("DELETE FROM facts.cell")
    op.execute("""
        INSERT INTO facts.cell (activity_id, gender, country, role, status, people)
        SELECT activity_id, gender, country, role, status, count(*) FROM facts.registration
        WHERE known_until IS NULL GROUP BY activity_id, gender, country, role, status
    """)
    op.execute("""
        INSERT INTO facts.first_attendance (person_key, programme, phase, activity_id, of_programme)
        SELECT person_key, programme, phase, activity_id, row_number() OVER (
            PARTITION BY programme, person_key ORDER BY starts_earliest NULLS LAST, activity_id) = 1
        FROM (
            SELECT DISTINCT ON (r.programme, r.person_key, a.phase)
                r.person_key, r.programme, a.phase, a.id AS activity_id, a.starts_earliest
            FROM facts.registration r JOIN facts.activity a ON a.id = r.activity_id
            WHERE r.known_until IS NULL AND r.status = 'attended' AND r.role = 'participant'
                AND a.known_until IS NULL AND a.status = 'held'
            ORDER BY r.programme, r.person_key, a.phase, a.starts_earliest NULLS LAST, a.id
        ) of_phase
    """)
    op.execute("""
        INSERT INTO facts.newcomers (activity_id, of_programme, of_phase)
        SELECT activity_id, count(*) FILTER (WHERE of_programme), count(*)
        FROM facts.first_attendance GROUP BY activity_id
    """)
