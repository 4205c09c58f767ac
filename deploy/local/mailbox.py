"""The development mailbox: takes every mail over SMTP on loopback and keeps it as a file; nothing leaves the machine.

A file a mail, named by the time of its arrival, so that sorting by name is sorting by time. It is put in place by a
rename: who lists the folder never sees half a mail.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from deploy.local.ports import LOOPBACK


@dataclass
class Mailbox:
    """An SMTP server whose mails land in `folder`. It runs in a thread of this process."""

    folder: Path
    port: int
    _server: Controller = field(init=False)

    def __post_init__(self) -> None:
        self._server = Controller(_Keep(self.folder), hostname=LOOPBACK, port=self.port)

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server.start()

    def stop(self) -> None:
        self._server.stop(no_assert=True)


@dataclass(frozen=True)
class _Keep:
    """What aiosmtpd calls with each mail."""

    folder: Path

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        arrived = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        mail = self.folder / f"{arrived}-{secrets.token_hex(3)}.eml"
        draft = mail.with_name(f".{mail.name}")
        # The envelope is not in the mail: without it a blind copy would look like a mail to somebody else.
        delivered = "".join(f"Delivered-To: {recipient}\r\n" for recipient in envelope.rcpt_tos)
        try:
            draft.touch(mode=0o600)
            draft.write_bytes(delivered.encode() + (envelope.original_content or b""))
            draft.replace(mail)
        except OSError as error:
            return f"452 4.3.1 the mailbox cannot keep it: {error.strerror}"
        return "250 2.0.0 kept"
