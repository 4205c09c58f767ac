"""Of two registrations of one person for one activity, one counts; of the other nobody is told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registration_version", sa.Column("counted_as", sa.Uuid))
