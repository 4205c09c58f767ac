"""A real SMTP server for tests, which can be told how to answer: refuse, hang up, or take its time."""

import asyncio
import email
import email.policy
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

logging.getLogger("mail.log").disabled = True  # the server's own log quotes addresses, and is not what is tested

HANG_UP = "hang up"
TAKE_LONG = "take long"


class SmtpServer:
    """Takes mails on a port of its own.

    Attributes:
        to_recipient: what it answers to the next RCPT commands, before it accepts all.
        to_data: what it answers to the next mails; with HANG_UP and TAKE_LONG it takes the mail and does not say so.
        mails: what it took.
    """

    def __init__(self) -> None:
        self.port = 0
        self.to_recipient: deque[str] = deque()
        self.to_data: deque[str] = deque()
        self.mails: list[EmailMessage] = []
        self._over = asyncio.Event()

    def recipients(self) -> list[str]:
        """Of the mails. No property: aiosmtpd reads each attribute of its handler for each connection."""
        return sorted(str(mail["To"]) for mail in self.mails)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient.popleft().format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        answer = self.to_data.popleft() if self.to_data else "250 2.0.0 kept"
        if answer[0].isdigit() and not answer.startswith("2"):
            return answer
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if answer == HANG_UP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if answer == TAKE_LONG:
            await self._over.wait()
        return "250 2.0.0 kept"

    @asynccontextmanager
    async def open(self) -> AsyncIterator["SmtpServer"]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="localhost", loop=loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._over.set()
            server.close()
            await server.wait_closed()
