"""Mail over SMTP: a connection a mail, every step with a time limit, and each way it can end told apart.

A repeated mail has the same Message-ID, so that mail programs fold a repetition into one. The recipient's name is not
in the headers, which stay readable on every server on the way.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from uuid import UUID

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from services.notifications.channels import headers
from services.notifications.channels.channel import ChannelAway, Refused
from services.notifications.messages.letter import Letter, domain_of
from services.notifications.settings import NotificationsSettings

_POLICY = SMTP_POLICY.clone(cte_type="7bit", refold_source="none")
CONNECT_WITHIN = 15.0  # seconds
SEND_WITHIN = 60.0  # seconds; a lease lasts longer than both together


class SmtpChannel:
    """The mail server that the settings name. A `Channel`."""

    def __init__(self, settings: NotificationsSettings, *, send_within: float = SEND_WITHIN) -> None:
        if settings.smtp_host is None:
            raise ValueError("no mail server is named: set REGISTAN_SMTP_HOST")
        self._settings = settings
        self._send_within = send_within

    @property
    def sender(self) -> str:
        return self._settings.mail_from

    async def send(self, letter: Letter, *, to: str, delivery_id: UUID) -> None:
        message = self.pack(letter, to, delivery_id).as_bytes()
        options = [] if to.isascii() else ["SMTPUTF8"]  # RFC 6531: only for a mailbox that has no other spelling
        server = await self._connect()
        try:
            async with asyncio.timeout(self._send_within):
                await server.sendmail(self.sender, [to], message, mail_options=options)
        except SMTPSenderRefused as error:
            # It is our own address that is not wanted: the next letter would fare no better.
            raise ChannelAway(f"the mail server refuses our own address ({error.code})") from None
        except SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code) from None
        except SMTPResponseException as error:
            raise _refused(error.code) from None
        except (SMTPNotSupported, ValueError):  # an address that cannot be written into an envelope
            raise Refused(for_good=True) from None
        except (SMTPException, OSError, TimeoutError):
            raise Refused(for_good=False) from None
        finally:
            await _hang_up(server)

    async def _connect(self) -> SMTP:
        settings = self._settings
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        server = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            local_hostname=domain_of(self.sender),  # not the machine's own name, which is nobody's business
            timeout=self._send_within,
        )
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await server.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            server.close()
            code = getattr(error, "code", None)
            raise ChannelAway(f"{type(error).__name__}{f' {code}' if code else ''}") from None
        return server

    def pack(self, letter: Letter, to: str, delivery_id: UUID) -> EmailMessage:
        """The letter as it is sent: ASCII throughout, unless the address itself is not; so each server takes it."""
        message = EmailMessage(_POLICY.clone(utf8=not to.isascii()))
        headers.add_mailbox(message, "From", self._settings.mail_from_name or "", self.sender)
        headers.add_mailbox(message, "To", "", to)
        headers.add_text(message, "Subject", letter.subject)
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{delivery_id}@{domain_of(self.sender)}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation notice answers it
        message["Content-Language"] = letter.language
        if self._settings.mail_reply_to:
            message["Reply-To"] = self._settings.mail_reply_to
        message.set_content(letter.text, cte="base64")
        if letter.calendar and letter.method:
            # As an alternative it is recognised by Outlook and Gmail, as a file it can be opened by all others.
            entry = letter.calendar.decode()
            message.add_alternative(entry, subtype="calendar", params={"method": letter.method}, cte="base64")
            message.add_attachment(letter.calendar, maintype="application", subtype="ics", filename="activity.ics")
        return message


def _refused(code: int) -> Refused:
    return Refused(for_good=code >= 500, code=code)


async def _hang_up(server: SMTP) -> None:
    """Whatever happens now changes nothing about what the server has said."""
    with suppress(SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(5):
            await server.quit()
    server.close()
