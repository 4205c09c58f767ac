"""Cells of those who took part, and of nobody else: no figure counts the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    cell = sa.table("cell", sa.column("role"), sa.column("status"), schema="facts")
    op.execute(cell.delete().where((cell.c.status != "attended") | (cell.c.role != "participant")))
    op.drop_column("cell", "role", schema="facts")
    op.drop_column("cell", "status", schema="facts")
