"""Put a subscriber out."""

from sqlmodel import col, select

from services.registry.models.feed import Subscriber, SubscriberNotFound
from services.registry.usecases.accounts.changes import refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


async def revoke_subscriber(session: Session, name: str, *, actor: Actor, clock: Clock) -> Subscriber:
    """Let a subscriber read nothing more, what it is reading just now included; its contact is forgotten.

    Raises:
        NotAllowed
        SubscriberNotFound: no subscriber has this name.
    """
    refuse_unless_administrator(actor)
    query = select(Subscriber).where(Subscriber.name == name, col(Subscriber.revoked_at).is_(None)).with_for_update()
    subscriber = (await session.exec(query)).one_or_none()
    if subscriber is None:
        raise SubscriberNotFound(f"No subscriber is named '{name}'.")
    subscriber.revoke(clock.now())
    return subscriber
