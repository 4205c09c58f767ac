"""What a channel promises the sender: a letter was accepted, or it was refused, or nothing can be said to the channel.

The three are told apart because they are answered differently: the second is about one letter, the third about none.
What a server answers is kept as its code; its text is never kept nor logged, because it quotes addresses.
"""

from typing import Protocol
from uuid import UUID

from services.notifications.messages.letter import Letter


class Refused(Exception):
    """The letter was not accepted.

    Attributes:
        for_good: it never will be; otherwise the same can succeed later.
        code: the server's answer, where there was one. Without one the letter may have been accepted all the same.
    """

    def __init__(self, *, for_good: bool, code: int | None = None) -> None:
        super().__init__(f"{'5' if for_good else '4'}xx: {code or 'no answer'}")
        self.for_good = for_good
        self.code = code


class ChannelAway(Exception):
    """The channel takes no letter at all just now; this says nothing about the one that was tried."""


class Channel(Protocol):
    """A way to a recipient."""

    @property
    def sender(self) -> str:
        """The address that letters come from."""

    async def send(self, letter: Letter, *, to: str, delivery_id: UUID) -> None:
        """Hand a letter over. Once this returns, the channel is responsible for it.

        Args:
            delivery_id: the same each time this delivery is tried, so that a repetition can be recognised.

        Raises:
            Refused: this letter was not accepted.
            ChannelAway: no letter would have been.
        """
