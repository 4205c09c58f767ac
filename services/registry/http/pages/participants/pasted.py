"""A list of people as it is copied from Excel: columns by their heading, or in the order that the page names.

Words are read in English and Russian. What cannot be read is an error of its row that names the column; a blank cell is
a value that is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.registry.http.pages.table import pasted_rows
from services.registry.models.names import ALIKE, keys_of, likeness
from services.registry.models.person import email_key_of
from services.registry.sheets.vocabulary import by_word, plain
from services.registry.usecases.registrations.register import Entry, Participant
from shared.countries import country_code
from shared.web.language import _
from shared.web.words import reason_of

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("full name", "participant", "фио", "ф.и.о.", "ф. и. о.", "имя", "участник", "имя и фамилия"),
    "email": ("e-mail", "mail", "e-mail address", "эл. почта", "электронная почта", "почта", "адрес электронной почты"),
    "organisation": ("organization", "agency", "institution", "организация", "ведомство", "учреждение"),
    "country": ("страна",),
    "gender": ("sex", "пол"),
    "language": ("язык", "language of mails", "язык писем"),
    "role": ("роль",),
    "phone": ("telephone", "tel", "телефон", "тел."),
}
ORDER = tuple(_COLUMNS)
"""The order of columns in a list without headings."""

_HEADINGS = by_word(_COLUMNS)
_WORDS: Mapping[str, dict[str, str]] = {
    "gender": by_word(
        {
            "female": ("f", "w", "woman", "ж", "жен", "женский", "женщина"),
            "male": ("m", "man", "м", "муж", "мужской", "мужчина"),
            "other": ("другой",),
            "unknown": ("?", "неизвестно"),
        }
    ),
    "language": by_word({"en": ("english", "eng", "английский", "англ"), "ru": ("russian", "rus", "русский", "рус")}),
    "role": by_word(
        {
            "participant": ("участник", "участница"),
            "trainer": ("тренер",),
            "expert": ("эксперт",),
            "interpreter": ("переводчик", "переводчица"),
            "observer": ("наблюдатель",),
            "organiser": ("organizer", "организатор"),
        }
    ),
}


@dataclass
class PastedRow:
    """A row of the list: where it stands, what was written, how it is understood, and what is wrong with it."""

    number: int
    written: Mapping[str, str]
    participant: Participant | None = None
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PastedList:
    """What was pasted. `ignored` are headings that nothing is known of."""

    rows: Sequence[PastedRow]
    ignored: Sequence[str]


def read_people(text: str, status: Entry) -> PastedList:
    """A pasted list, each row read on its own."""
    rows = pasted_rows(text)
    if not rows:
        return PastedList([], [])
    headings = [_HEADINGS.get(plain(cell)) for cell in rows[0][1]]
    if headings.count("name") == 1:
        ignored = [cell for cell, known in zip(rows[0][1], headings, strict=True) if cell and known is None]
        return PastedList([_read(number, headings, cells, status) for number, cells in rows[1:]], ignored)
    return PastedList([_read(number, list(ORDER), cells, status) for number, cells in rows], [])


def rows_alike(rows: Sequence[PastedRow]) -> dict[int, PastedRow]:
    """For each row that may be the person of a row above: that row. Their names are alike, or the address is one."""
    by_key: dict[str, list[PastedRow]] = {}
    alike: dict[int, PastedRow] = {}
    for row in rows:
        if row.participant is None:
            continue
        person = row.participant.person
        address = email_key_of(person)
        sharing = [each for key in (*keys_of(person.name), address) if key for each in by_key.get(key, ())]
        for above in sorted({each.number: each for each in sharing}.values(), key=lambda each: each.number):
            assert above.participant
            other = above.participant.person
            if likeness(person.name, other.name) >= ALIKE or (address and address == email_key_of(other)):
                alike[row.number] = above
                break
        for key in (*keys_of(person.name), address):
            if key:
                by_key.setdefault(key, []).append(row)
    return alike


def _read(number: int, columns: Sequence[str | None], cells: Sequence[str], status: Entry) -> PastedRow:
    written = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
    row = PastedRow(number, written)
    if len(cells) > len(columns):
        row.errors.append(_("There are more cells than columns: %s") % "; ".join(cells[len(columns) :]))
    person: dict[str, Any] = {name: written[name] for name in ("name", "email", "phone") if name in written}
    part: dict[str, Any] = {"status": status}
    for name, words in _WORDS.items():
        if name in written:
            known = words.get(plain(written[name]))
            if known is None:
                offered = ", ".join(dict.fromkeys(words.values()))
                wrong = _("“%(value)s” is not known here. Write one of: %(words)s.")
                row.errors.append(f"{labels()[name]}: {wrong % {'value': written[name], 'words': offered}}")
            else:
                (person if name == "language" else part)[name] = known
    if "country" in written:
        code = country_code(written["country"])
        if code is None:
            wrong = _("“%s” is no country that is known. Write its name or its code, like KG.")
            row.errors.append(f"{labels()['country']}: {wrong % written['country']}")
        part["country"] = code
    if "organisation" in written:
        part["organisation"] = {"name": written["organisation"]}
    try:
        row.participant = Participant.model_validate({**part, "person": person})
    except ValidationError as error:
        for one in error.errors(include_url=False):
            column = next((str(step) for step in reversed(one["loc"]) if step in ORDER), "name")
            row.errors.append(f"{labels()[column]}: {reason_of(one)}")
    return row


def labels() -> dict[str, str]:
    """The columns by name."""
    return {
        "name": _("Name"),
        "email": _("E-mail address"),
        "organisation": _("Organisation"),
        "country": _("Country"),
        "gender": _("Gender"),
        "language": _("Language of mails"),
        "role": _("Role"),
        "phone": _("Telephone"),
    }
