"""Let a system of another programme read topics."""

from sqlalchemy.exc import IntegrityError

from services.registry.models.feed import AddSubscriber, Subscriber, SubscriberNameTaken
from services.registry.usecases.accounts.changes import refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor, tokens


async def add_subscriber(
    session: Session, command: AddSubscriber, *, actor: Actor, clock: Clock
) -> tuple[Subscriber, str]:
    """Let a subscriber in. The second part is its token, which cannot be shown again.

    Raises:
        NotAllowed
        SubscriberNameTaken: one of this name is there.
    """
    refuse_unless_administrator(actor)
    token = tokens.new_subscriber_token()
    subscriber = Subscriber.added(command, tokens.digest(token), clock.now())
    session.add(subscriber)
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_subscriber_name" in str(error.orig):
            raise SubscriberNameTaken(f"A subscriber named '{command.name}' is there.", field="name") from None
        raise
    return subscriber, token
