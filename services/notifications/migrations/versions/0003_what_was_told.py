"""A delivery is about a thing of some kind, and keeps what its letter said.

The code of before goes on with this schema: what it writes without the new columns is read by its version and rule.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("about", sa.Text, nullable=False, server_default="registration"))
    op.add_column("delivery", sa.Column("repetition", sa.Integer, nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("letter", sa.Integer))
    op.add_column("delivery", sa.Column("said", JSONB))
    op.add_column("delivery", sa.Column("may_have_said", JSONB))
    op.add_column("delivery", sa.Column("address_mark", sa.String))
    op.alter_column("delivery", "activity_id", nullable=True)
    op.drop_constraint("uq_delivery_key", "delivery")
    op.create_unique_constraint(
        "uq_delivery_key", "delivery", ["rule", "subject", "recipient", "occasion", "repetition"]
    )
    op.execute(
        """
        UPDATE delivery SET said = jsonb_build_object(
            'registered', rule <> 'withdrawal',
            'takes_place', state.value ->> 'status' NOT IN ('cancelled', 'merged'),
            'starts', state.value -> 'starts',
            'ends', coalesce(nullif(state.value -> 'ends', 'null'), state.value -> 'starts'),
            'place', state.value -> 'place',
            'format', coalesce(state.value ->> 'delivery', 'unknown'),
            'activity_id', activity_id,
            'version', told_version,
            'entry', calendar IS NOT DISTINCT FROM 'REQUEST')
        FROM activity_version, LATERAL (SELECT activity_version.state AS value) AS state
        WHERE activity_version.id = activity_id AND version = told_version AND delivery.state = 'sent'
        """
    )
