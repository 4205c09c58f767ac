"""For how many years after their last activity a programme keeps people's names."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programme", sa.Column("names_kept_years", sa.Integer))
