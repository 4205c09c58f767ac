"""What notifications is told from outside, besides what every service is told.

Nothing leaves the machine unless a mail server is named. A server elsewhere is only talked to with an address of our
own and through TLS, unless somebody says otherwise in so many words.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from shared.settings import ServiceSettings

Tls = Literal["none", "starttls", "implicit"]
MailAddress = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s<>]+@[^@\s<>]+$")]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotificationsSettings(ServiceSettings):
    """Settings of notifications."""

    port: Annotated[int, Field(ge=0, le=65535, description="REGISTAN_NOTIFICATIONS_PORT")] = 8003

    smtp_host: Annotated[str | None, Field(description="The mail server; without one, mails wait.")] = None
    smtp_port: Annotated[int | None, Field(ge=1, le=65535)] = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Annotated[
        Tls | None,
        Field(description="`none` is the default on this machine, `starttls` elsewhere."),
    ] = None
    mail_from: Annotated[MailAddress, Field(description="The programme's address, which mails come from.")] = (
        "registan@localhost"
    )
    mail_from_name: str | None = None
    mail_reply_to: Annotated[MailAddress | None, Field(description="Where answers go, if not to mail_from.")] = None

    notify_ask_above: Annotated[
        int,
        Field(ge=0, description="A notice to more people than this waits until somebody releases it; 0: each waits."),
    ] = 5
    notify_settle_seconds: Annotated[
        float,
        Field(ge=0, description="How long a mail waits before it goes, so that what is done at once is one notice."),
    ] = 5
    mailbox_directory: Annotated[
        Path | None,
        Field(description="The folder of the development mailbox; its mails are shown on a page."),
    ] = None

    @model_validator(mode="after")
    def _a_server_elsewhere_gets_a_real_address(self) -> Self:
        if self.smtp_host and not self.smtp_is_here and "mail_from" not in self.model_fields_set:
            raise ValueError("REGISTAN_MAIL_FROM is not set: name the address that mails come from")
        return self

    @property
    def smtp_is_here(self) -> bool:
        return self.smtp_host in _LOOPBACK

    @property
    def tls(self) -> Tls:
        return self.smtp_tls or ("none" if self.smtp_is_here else "starttls")

    @property
    def settle(self) -> timedelta:
        return timedelta(seconds=self.notify_settle_seconds)
