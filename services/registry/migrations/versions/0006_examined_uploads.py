"""What an import found out is kept with its file, and a plan says how many people it expects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("noun", sa.Text, nullable=False, server_default="activities"),
        sa.Column("reading", JSONB, nullable=False, server_default="{}"),
        sa.Column("report", sa.LargeBinary),
        sa.Column("page", sa.LargeBinary),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("undone", JSONB),
    ):
        op.add_column("upload", column)
    op.execute("UPDATE upload SET reading = jsonb_build_object('sheet', sheet) WHERE sheet IS NOT NULL")
    op.add_column("activity", sa.Column("expected", sa.Integer))
