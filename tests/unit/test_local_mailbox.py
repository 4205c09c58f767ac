"""The development mailbox keeps what is sent to it, and sends nothing on."""

import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from deploy.local.mailbox import Mailbox
from deploy.local.ports import LOOPBACK
from tests.ports import free_port


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path / "mailbox", free_port())
    mailbox.start()
    yield mailbox
    mailbox.stop()


def send(mailbox: Mailbox, subject: str, to: str = "sample.person.1@example.org") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "registan@example.org", to, subject
    mail.set_content("Салом!\n")
    with smtplib.SMTP(LOOPBACK, mailbox.port) as smtp:
        smtp.send_message(mail, to_addrs=[to, "sample.person.2@example.org"])


def test_a_mail_is_kept_whole_with_those_it_was_delivered_to(mailbox: Mailbox) -> None:
    send(mailbox, "Приглашение")
    [path] = mailbox.folder.glob("*.eml")
    mail = message_from_bytes(path.read_bytes())
    assert mail.get_all("Delivered-To") == ["sample.person.1@example.org", "sample.person.2@example.org"]
    assert b"\xd0\xa1\xd0\xb0\xd0\xbb\xd0\xbe\xd0\xbc!" in mail.get_payload(decode=True)


def test_mails_sorted_by_name_are_sorted_by_arrival(mailbox: Mailbox) -> None:
    for number in range(20):
        send(mailbox, f"mail {number}")
    subjects = [message_from_bytes(path.read_bytes())["Subject"] for path in sorted(mailbox.folder.glob("*.eml"))]
    assert subjects == [f"mail {number}" for number in range(20)]


def test_a_mailbox_that_cannot_keep_a_mail_says_try_again(mailbox: Mailbox) -> None:
    mailbox.folder.rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(mailbox, "no room")
    assert 400 <= refusal.value.smtp_code < 500
