"""The contacts of offices that may stand in texts for everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_contact",
        sa.Column("programme", sa.Text, sa.ForeignKey("programme.code"), primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
