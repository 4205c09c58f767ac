"""What is searched and sorted is kept as keys that spellings and alphabets make no difference to."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.models.names import keys_of, written_sound
from services.registry.models.programme import searched_parts
from shared.contracts.programmes import Phase
from shared.spelling import searchable, sortable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BATCH = 5_000


def upgrade() -> None:
    """With defaults, so that the release before can still write."""
    op.add_column("person", sa.Column("sound", sa.Text, nullable=False, server_default=""))
    op.add_column("registration", sa.Column("search_text", sa.Text, nullable=False, server_default=""))
    op.add_column("organisation", sa.Column("search_text", sa.Text, nullable=False, server_default=""))
    op.add_column("organisation", sa.Column("sort_name", sa.Text(collation="C"), nullable=False, server_default=""))
    op.add_column("programme", sa.Column("searched", JSONB, nullable=False, server_default="{}"))
    op.alter_column("activity", "sort_title", type_=sa.Text(collation="C"))
    _derive("person", ("name", "email"), _person)
    _derive("registration", ("organisation",), _registration)
    _derive("organisation", ("name", "short_name"), _organisation)
    _derive("activity", ("code", "title", "place", "series"), _activity)
    _derive("programme", ("phases",), _programme, key="code")


def _person(row: Any) -> dict[str, Any]:
    return {
        "sound": written_sound(row.name),
        "sound_keys": keys_of(row.name),
        "search_text": searchable(f"{row.name}\n{row.email or ''}"),
    }


def _registration(row: Any) -> dict[str, Any]:
    return {"search_text": searchable(row.organisation["name"]) if row.organisation else ""}


def _organisation(row: Any) -> dict[str, Any]:
    named = row.name.get("en") or row.name.get("ru") or next(iter(row.name.values()))
    texts = "\n".join([*row.name.values(), *row.short_name.values()])
    return {"search_text": searchable(texts), "sort_name": sortable(named)[:200]}


def _activity(row: Any) -> dict[str, Any]:
    titled = row.title.get("en") or next(iter(row.title.values()))
    place = row.place["name"].values() if row.place else ()
    texts = "\n".join([row.code, *row.title.values(), *place, row.series or ""])
    return {"search_text": searchable(texts), "sort_title": sortable(titled)[:200]}


def _programme(row: Any) -> dict[str, Any]:
    return {"searched": searched_parts(map(Phase.model_validate, row.phases))}


def _derive(table: str, read: tuple[str, ...], made: Callable[[Any], dict[str, Any]], key: str = "id") -> None:
    """Fill the columns of a table that follow from others."""
    connection = op.get_bind()
    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
    update = reflected.update().where(reflected.c[key] == sa.bindparam("of"))
    rows = connection.execute(sa.select(reflected.c[key].label("of"), *(reflected.c[name] for name in read))).all()
    for start in range(0, len(rows), _BATCH):
        connection.execute(update, [{"of": row.of, **made(row)} for row in rows[start : start + _BATCH]])
