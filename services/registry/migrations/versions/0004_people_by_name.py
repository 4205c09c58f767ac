"""People are found by how their names sound and by their addresses; neither says for certain who somebody is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.models.names import keys_of
from shared.addresses import key_of
from shared.spelling import searchable, sortable

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BATCH = 5_000


def upgrade() -> None:
    for index in ("uq_person_email", "uq_person_likeness"):
        op.drop_index(index, "person")
    op.create_index("ix_person_email_key", "person", ["programme", "email_key"])
    for column in (  # with defaults, so that the release before can still write
        sa.Column("sound_keys", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("search_text", sa.Text, nullable=False, server_default=""),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False, server_default=""),
    ):
        op.add_column("person", column)
    _derive()
    op.create_index("ix_person_sort_name", "person", ["programme", "sort_name", "id"])
    op.create_index(
        "ix_person_sound_keys",
        "person",
        ["sound_keys"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def _derive() -> None:
    connection = op.get_bind()
    person = sa.table(
        "person",
        sa.column("id", sa.Uuid),
        sa.column("name", sa.Text),
        sa.column("email", sa.Text),
        sa.column("email_key", sa.Text),
        sa.column("sound_keys", ARRAY(sa.Text)),
        sa.column("search_text", sa.Text),
        sa.column("sort_name", sa.Text),
    )
    update = person.update().where(person.c.id == sa.bindparam("of"))
    known = connection.execute(sa.select(person.c.id, person.c.name, person.c.email)).all()
    for start in range(0, len(known), _BATCH):
        rows = [
            {
                "of": row.id,
                "email_key": key_of(row.email) if row.email else None,
                "sound_keys": keys_of(row.name),
                "search_text": searchable(row.name),
                "sort_name": sortable(row.name)[:200],
            }
            for row in known[start : start + _BATCH]
        ]
        connection.execute(update, rows)
