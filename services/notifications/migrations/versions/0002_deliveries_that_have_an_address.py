"""Deliveries to people without an address stand in nobody's way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("addressed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("delivery", "addressed", server_default=None)
    op.execute(
        "UPDATE delivery SET addressed = true FROM contact "
        "WHERE contact.person_key = delivery.recipient AND contact.email IS NOT NULL"
    )
    op.drop_index("ix_delivery_to_send", "delivery")
    op.create_index(
        "ix_delivery_to_send",
        "delivery",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'planned' AND NOT asks AND addressed"),
    )
    op.create_index(
        "ix_delivery_without_address",
        "delivery",
        ["recipient"],
        postgresql_where=sa.text("state = 'planned' AND NOT addressed"),
    )
