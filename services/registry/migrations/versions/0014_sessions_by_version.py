"""From which version of an account on its sessions are valid. Null: they were ended by their time, or never."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("sessions_from_version", sa.BigInteger))
