"""What is written is what arrives: mails packed for the wire and read back by a reader of mails."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels import headers
from services.notifications.messages.letter import Letter
from tests.integration.test_notifications_sender import channel_to

_ID = UUID(int=7)
_SCRIPTS = st.sampled_from(
    [
        "IBM",
        "«Манас»",
        "–",
        "тренинг",
        "№5",
        "Bişkek",
        "Oş",
        "Қазақстан",
        "会议",
        "🙂",
        "e\u0301",
        "=?utf-8?q?x?=",
        "ß" * 40,
        "a" * 90,
    ]
)
WORDS = st.lists(_SCRIPTS | st.text(min_size=1, max_size=12), max_size=14).map(" ".join)


def arrived(subject: str, text: str = "Sample.\n", *, to: str = "sample@example.org", name: str = "") -> EmailMessage:
    letter = Letter("en", subject, text, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST")
    packed = channel_to(25, mail_from_name=name or None).pack(letter, to, _ID).as_bytes()
    assert max(len(line) for line in packed.split(b"\r\n")) <= 78
    assert not to.isascii() or packed.isascii()
    return email.message_from_bytes(packed, policy=email.policy.default)


def expected(text: str) -> str:
    """Each text is one line of words, without what is no character at all."""
    return headers._one_line(text).encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "subject",
    [
        "Вы зарегистрированы: IBM «Манас» — тренинг",
        "You are registered: Обучение ТоТ – «Жибек Жолу»",
        "You are registered: Workshop №5 – Bişkek – Oş",
        "You are registered: =?utf-8?q?x?= and so on",
        "You are registered: " + "Risk analysis and profiling for officers of the green border " * 4,
        "Вы зарегистрированы: " + "Семинар по управлению рисками " * 12,
    ],
)
def test_the_subject_that_arrives_is_the_one_that_was_written(subject: str) -> None:
    assert arrived(subject)["Subject"] == subject.strip()


@given(subject=WORDS, name=WORDS)
def test_any_mixture_of_scripts_arrives_as_it_was_written(subject: str, name: str) -> None:
    mail = arrived(subject, name=name)
    assert str(mail["Subject"] or "") == expected(subject)
    # The library's newer reader puts a space between encoded-words in names, which RFC 2047 §6.2 forbids.
    written = email.message_from_bytes(mail.as_bytes(), policy=email.policy.compat32)["From"]
    words, address = written.rsplit(None, 1) if " " in written else ("", f"<{written}>")
    assert address == "<programme@example.org>"
    shown = str(make_header(decode_header(words)))
    quoted = words.startswith('"')
    assert (parseaddr(f"{shown} <a@b.org>")[0] if quoted else shown) == expected(name)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])).map(lambda text: text + "\n"))
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    body = arrived("Sample", text).get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()


def test_a_mailbox_that_only_has_letters_of_another_alphabet_stands_in_the_header_as_it_is() -> None:
    assert arrived("Sample", to="имя@xn--c1aihy8cc.xn--p1ai")["To"] == "имя@xn--c1aihy8cc.xn--p1ai"


@pytest.mark.parametrize(
    "name", ['Sample "Office", Bishkek', "Офис\r\nBcc: someone@example.org", "Office (KG) <a@b.org>"]
)
def test_a_name_cannot_add_an_address_or_a_header(name: str) -> None:
    mail = arrived("Sample", name=name)
    assert [address.addr_spec for address in mail["From"].addresses] == ["programme@example.org"]
    assert mail["Bcc"] is None
