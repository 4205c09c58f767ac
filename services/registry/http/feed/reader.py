"""Who reads the feed: a subscriber by its own token, for the topics that were granted, and not too many at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import Depends, Request

from services.registry.http.pages.frame import transaction
from services.registry.models.feed import Subscriber
from services.registry.usecases.subscribers.find import subscriber_of_token
from shared.contracts import Topic
from shared.database.deadlines import ANSWER_WITHIN, waiting_at_most
from shared.errors import DomainError
from shared.web.identity import NotSignedIn, guarding


class TopicNotGranted(DomainError):
    """Your token does not open this topic: ask those who gave it to you."""

    status = 403
    slug = "topic-not-granted"


class TooManyReaders(DomainError):
    """As many read the feed at this moment as can: try again in a moment."""

    status = 503
    slug = "too-many-readers"
    headers: ClassVar = {"retry-after": "5"}


async def _subscriber(request: Request) -> Subscriber:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("The feed is read with a subscriber's token: Authorization: Bearer rgs_…")
    with waiting_at_most(ANSWER_WITHIN):
        async with transaction(request) as session:
            subscriber = await subscriber_of_token(session, token.strip())
    if subscriber is None:
        raise NotSignedIn("The token is unknown or revoked.")
    request.state.guard = _subscriber
    return subscriber


Reader = Annotated[Subscriber, Depends(guarding(_subscriber))]


def allow(subscriber: Subscriber, topic: Topic) -> None:
    """Raises: TopicNotGranted"""
    if topic.name not in subscriber.topics:
        raise TopicNotGranted(f"Your token opens {', '.join(subscriber.topics)}, not {topic.name}.")


class Readers:
    """Counts who reads in this process, so that readers cost neither each other nor anybody else their place.

    Args:
        most: readers at once.
        each: of them with one token.
    """

    def __init__(self, most: int = 250, each: int = 50) -> None:
        self._most = most
        self._each = each
        self._reading: Counter[UUID] = Counter()

    def refuse_one_more(self, subscriber: UUID) -> None:
        """Raises: TooManyReaders"""
        if self._reading.total() >= self._most or self._reading[subscriber] >= self._each:
            raise TooManyReaders

    @contextmanager
    def one(self, subscriber: UUID) -> Iterator[None]:
        self._reading[subscriber] += 1
        try:
            yield
        finally:
            self._reading[subscriber] -= 1
