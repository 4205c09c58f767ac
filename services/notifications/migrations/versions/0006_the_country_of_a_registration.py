"""A coordinator decides on the mails to people of their countries. What is known already is filled in when it is told
again, for example by `registan republish`."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registration_version", sa.Column("country", sa.String))
