"""What those outside the house have been told of the people in an activity: a record, and not derived from anything."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released",
        sa.Column("activity_id", sa.Uuid, primary_key=True),
        sa.Column("known_from", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("known_until", sa.DateTime(timezone=True)),
        sa.Column("numbers", JSONB, nullable=False),
    )
