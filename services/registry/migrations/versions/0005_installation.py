"""What the database belongs to, and up to where topics were compared with the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1", name="one_row"), primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("person_keys", sa.Text),
        sa.Column("accounts_signed_by", sa.Text),
    )
    op.execute("INSERT INTO installation (id, epoch) VALUES (1, 1)")
    op.create_table(
        "compared",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )
