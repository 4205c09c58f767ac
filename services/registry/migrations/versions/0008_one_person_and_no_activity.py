"""Two persons can be found to be one, and an activity never to have been."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    mistake = sa.Column("entered_by_mistake", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("activity", mistake)
    op.add_column("person", sa.Column("merged_into", sa.Uuid, sa.ForeignKey("person.id")))
    op.create_index("ix_person_merged_into", "person", ["merged_into"])
    for column in (
        sa.Column("counted_as", sa.Uuid),
        sa.Column("status_before", sa.Text),
        sa.Column("merged_from", sa.Uuid),
    ):
        op.add_column("registration", column)
    op.create_index("ix_registration_merged_from", "registration", ["merged_from"])
    op.drop_constraint("uq_registration_activity_person", "registration")
    op.create_index(
        "uq_registration_activity_person",
        "registration",
        ["activity_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("counted_as IS NULL"),
    )
