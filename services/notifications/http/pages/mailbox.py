"""The development mailbox: the mails that this machine would have sent, where a folder of them is configured.

A mail is shown as text, never as the HTML it may contain, so that nothing in it is run or fetched.
"""

import asyncio
import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications.http.pages.frame import settings_of, show
from services.notifications.http.rights import EditorOfAll
from shared.errors import NotFound
from shared.web.security_log import noted

router = APIRouter()

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*\.eml")
_NEWEST = 200


class MailNotFound(NotFound):
    """There is no such mail in the mailbox, or no mailbox on this machine."""

    slug = "mail-not-found"


@dataclass(frozen=True)
class Part:
    """Something that a mail contains besides its text."""

    number: int
    name: str
    kind: str
    text: str | None


@dataclass(frozen=True)
class Mail:
    """A mail as its file says it."""

    name: str
    to: str
    subject: str
    at: datetime | None
    headers: list[tuple[str, str]]
    text: str
    parts: list[Part]


@router.get("/mailbox")
async def mailbox(request: Request, actor: EditorOfAll) -> Response:
    folder = _folder(request)
    mails = await asyncio.to_thread(lambda: [_read(file) for file in _newest(folder)])
    return show(request, "mailbox.html", actor=actor, mails=mails)


@router.get("/mailbox/{name}", dependencies=[noted("mail-read")])
async def mail(request: Request, actor: EditorOfAll, name: str) -> Response:
    found = await asyncio.to_thread(_read, _file(request, name))
    return show(request, "mail.html", actor=actor, mail=found)


@router.get("/mailbox/{name}/parts/{number}", dependencies=[noted("mail-read")])
async def part(request: Request, actor: EditorOfAll, name: str, number: int) -> Response:
    """A part as a file to be kept, never to be opened in the page."""
    parts = _leaves(_parse(_file(request, name)))
    if not 0 <= number < len(parts):
        raise MailNotFound
    headers = {
        "content-disposition": f'attachment; filename="{_safe(parts[number].get_filename(), number)}"',
        "x-content-type-options": "nosniff",
    }
    content = parts[number].get_payload(decode=True)
    return Response(content, media_type="application/octet-stream", headers=headers)


def _folder(request: Request) -> Path:
    folder = settings_of(request).mailbox_directory
    if folder is None:
        raise MailNotFound
    return folder


def _file(request: Request, name: str) -> Path:
    file = _folder(request) / name
    if not _NAME.fullmatch(name) or not file.is_file():
        raise MailNotFound
    return file


def _newest(folder: Path) -> list[Path]:
    """File names sort by arrival."""
    return sorted((file for file in folder.glob("*.eml") if _NAME.fullmatch(file.name)), reverse=True)[:_NEWEST]


def _parse(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _read(file: Path) -> Mail:
    message = _parse(file)
    body = message.get_body(("plain",))
    leaves = _leaves(message)
    shown = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
    return Mail(
        name=file.name,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=_date(message),
        headers=[(name, str(message[name])) for name in shown if message[name]],
        text=_text(body) if body else "",
        parts=[_part(number, leaf) for number, leaf in enumerate(leaves) if leaf is not body],
    )


def _leaves(message: EmailMessage) -> list[MIMEPart]:
    return [leaf for leaf in message.walk() if not leaf.is_multipart() and isinstance(leaf, MIMEPart)]


def _part(number: int, leaf: MIMEPart) -> Part:
    kind = leaf.get_content_type()
    readable = kind.startswith("text/") or kind == "application/ics"
    return Part(number, _safe(leaf.get_filename(), number), kind, _text(leaf) if readable else None)


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    return content.decode(part.get_content_charset("utf-8"), "replace") if isinstance(content, bytes) else ""


def _safe(name: str | None, number: int) -> str:
    return re.sub(r"[^0-9A-Za-z._-]", "_", name or f"part-{number}")


def _date(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None
