"""Who reads: by their token, and all of them."""

from collections.abc import Sequence

from sqlmodel import col, select

from services.registry.models.feed import Subscriber
from shared.database import Session
from shared.identity import tokens


async def subscriber_of_token(session: Session, token: str) -> Subscriber | None:
    """The subscriber that a token lets in now."""
    query = select(Subscriber).where(
        Subscriber.secret_hash == tokens.digest(token), col(Subscriber.revoked_at).is_(None)
    )
    return (await session.exec(query)).one_or_none()


async def list_subscribers(session: Session) -> Sequence[Subscriber]:
    """Those there are and were, by name."""
    return (await session.exec(select(Subscriber).order_by(col(Subscriber.name), col(Subscriber.created_at)))).all()
