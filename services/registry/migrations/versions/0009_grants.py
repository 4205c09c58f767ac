"""What accounts and tokens may do where; what was changed, and who changed it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


_OF_THE_ROLE = "jsonb_build_array(jsonb_build_object('role', {}role, 'programme', NULL, 'countries', '[]'::jsonb))"


def upgrade() -> None:
    # The release before knows no grants: what it adds while both serve may do what its role says, everywhere.
    op.execute(
        "CREATE FUNCTION grants_follow_the_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.grants IS NULL THEN NEW.grants := {_OF_THE_ROLE.format('NEW.')}; END IF; RETURN NEW; END $$"
    )
    for table in ("user", "token"):
        op.add_column(table, sa.Column("grants", JSONB))
        op.execute(f'UPDATE "{table}" SET grants = {_OF_THE_ROLE.format("")}')  # noqa: S608
        op.alter_column(table, "grants", nullable=False)
        op.execute(
            f'CREATE TRIGGER {table}_grants BEFORE INSERT ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION grants_follow_the_role()"
        )
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "account_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False, index=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
    )
    op.execute(
        "CREATE TRIGGER account_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_change "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()"
    )
