"""No text that everybody hears of may carry a person's e-mail address or telephone number.

An office's public contact may: an editor says so once per value, and it is kept for the programme. Addresses of web
pages, codes, dates and amounts are none. What was published before is never asked about again.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Text
from sqlmodel import Field

from services.registry.models.base import Table
from shared.errors import DomainError


class PersonalContact(DomainError):
    """A public text holds an e-mail address or a telephone number: take it out, or list it as a public contact."""

    slug = "personal-contact"


class NoContact(DomainError):
    """This is neither an e-mail address nor a telephone number: write one as it stands in the text."""

    slug = "no-contact"


class PublicContact(Table, table=True):
    """A contact of an office that may stand in a text for everybody."""

    __tablename__: ClassVar[str] = "public_contact"

    programme: str = Field(primary_key=True, foreign_key="programme.code", sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    actor_id: UUID
    created_at: AwareDatetime


_LONGEST_ADDRESS = 100
_WEB = re.compile(r"(?:https?://|www\.)[^\s;,<>]{1,2000}")
_LOCAL = re.compile(r"[\w.+%'-]{1,64}$")
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_DIGITS = re.compile(r"(?<![\w.,/+-])(?:\+|00)?\(?\d(?:[\d ().\u00a0–-]{3,24})\d(?![\w/])")
_CALLED = re.compile(
    r"(?:tel|phone|mob|cell|whatsapp|viber|fax|call|тел|моб|факс|звон|вотсап|ватсап|☎|📞)[\w.:\s]{0,14}$"
)
_NOT_TEXTS = frozenset(
    {"id", "code", "programme", "phase", "component", "person_key", "activity_id", "parent_id", "merged_into", "starts"}
    | {"ends", "time_zone", "country", "kind", "status"}
)


_DIGIT = re.compile(r"\d")


def contacts_in(text: str) -> list[str]:
    """The e-mail addresses and telephone numbers in a text, each as it is compared."""
    if "@" not in text and not _DIGIT.search(text):
        return []
    bare = _WEB.sub(" ", text)
    return [*_addresses(bare), *_numbers(bare)]


def _addresses(text: str) -> Iterator[str]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text[max(0, at - _LONGEST_ADDRESS) : at])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            yield f"{local[0]}@{domain[0]}".casefold().strip("'.")
        at = text.find("@", at + 1)


def _numbers(text: str) -> Iterator[str]:
    for found in _DIGITS.finditer(text):
        written = found[0]
        digits = re.sub(r"\D", "", written)
        international = written.startswith(("+", "00")) and 9 <= len(digits) <= 16
        called = 5 <= len(digits) <= 16 and _CALLED.search(text[max(0, found.start() - 30) : found.start()].casefold())
        if international or called or _is_national(written, digits):
            yield f"+{digits}" if written.startswith("+") else digits


def _is_national(written: str, digits: str) -> bool:
    """`0555 12-34-56`, `8 (800) 555-35-35`: begins with the trunk prefix, and is not grouped as an amount is."""
    if not (len(digits) in (10, 11) and digits[0] in "08" and re.search(r"[ ()-]", written)):
        return False
    return re.fullmatch(r"\d{1,3}(?:[ .\u00a0]\d{3})+", written) is None or digits[0] == "0"


def contacts_of(state: Mapping[str, Any]) -> dict[str, str]:
    """Contact → the field it stands in, of a public state."""
    found: dict[str, str] = {}
    for name, value in state.items():
        if name not in _NOT_TEXTS:
            for text in _texts(value):
                for contact in contacts_in(text):
                    found.setdefault(contact, name)
    return found


def refuse_personal(state: Mapping[str, Any], allowed: Collection[str] = ()) -> None:
    """Raises: PersonalContact, naming the field and the values."""
    found = {contact: name for contact, name in contacts_of(state).items() if contact not in allowed}
    if found:
        field = next(iter(found.values()))
        error = PersonalContact(f"Here stands {', '.join(found)}. {_way_out()}", field=field)
        error.members = {"contacts": list(found)}
        raise error


def _way_out() -> str:
    way = PersonalContact.title().partition(": ")[2]
    return way[:1].upper() + way[1:]


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for name, each in value.items():
                if name not in _NOT_TEXTS:
                    yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)
