"""The list of imports that were done: those that an actor may look at and undo."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, func, or_, select

from services.registry.models import Token, Upload, User
from services.registry.usecases.rights import of_programmes
from shared.identity import Actor
from shared.listing import Listing, equals

Sort = Literal["when", "-when", "name", "-name", "noun", "-noun"]


class ImportFilter(BaseModel):
    """Which imports; several fields mean all of them."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    programme: str | None = None
    noun: str | None = None
    activity_id: UUID | None = None
    undone: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedImport:
    """An import, and who did it; no name where the account is no longer known."""

    upload: Upload
    who: str | None


def _read(row: Any) -> ListedImport:
    return ListedImport(row[0], row[1])


def _may_be_undone_by(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """Those of programmes of which the actor is an editor, and their own lists of participants."""
    edits = {grant.programme for grant in actor.grants if grant.role in ("editor", "admin")}
    own = and_(col(Upload.activity_id).is_not(None), Upload.actor_id == actor.id)
    theirs = () if None in edits else (or_(col(Upload.programme).in_(edits), own),)
    return (*of_programmes(actor, Upload.programme), *theirs)


IMPORTS: Listing[ListedImport] = Listing(
    name="imports",
    rows=select(Upload, func.coalesce(User.name, Token.name))
    .join(User, col(User.id) == col(Upload.actor_id), isouter=True)
    .join(Token, col(Token.id) == col(Upload.actor_id), isouter=True)
    .where(col(Upload.result).is_not(None)),
    key=col(Upload.id),
    orders={"when": col(Upload.created_at), "name": col(Upload.name), "noun": col(Upload.noun)},
    default="-when",
    filters={
        "text": lambda text: col(Upload.name).icontains(text, autoescape=True),
        **{name: equals(getattr(Upload, name)) for name in ("programme", "noun", "activity_id")},
        "undone": lambda undone: col(Upload.undone).is_not(None) if undone else col(Upload.undone).is_(None),
    },
    read=_read,
    reach=_may_be_undone_by,
)
