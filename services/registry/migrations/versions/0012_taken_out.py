"""Organisations, outputs and registrations may have been entered by mistake too; what was leaves its code to the next.

An import that was done is kept with what it did, so that it can be undone; a list of participants as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("organisation", "output", "registration"):
        mistake = sa.Column("entered_by_mistake", sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column(table, mistake)
    for table in ("activity", "output"):
        name = f"uq_{table}_programme_code"
        op.drop_constraint(name, table)
        mistaken = sa.text("NOT entered_by_mistake")
        op.create_index(name, table, ["programme", "code"], unique=True, postgresql_where=mistaken)
    op.add_column("upload", sa.Column("activity_id", sa.Uuid))
    op.create_index("ix_upload_activity_id", "upload", ["activity_id"])
