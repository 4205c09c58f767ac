"""A list of people as it is copied from Excel: columns by their heading, or in the order that the page names.

Words are read in English and Russian. What cannot be read is an error of its row that names the column; a blank cell is
a value that is not known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.registry.models import Registration
from services.registry.models.names import ALIKE, keys_of, likeness
from services.registry.models.person import email_key_of
from services.registry.sheets.errors import EmptyFile, FileTooLarge, ImportRefused, NoRows
from services.registry.sheets.layout import Layout, knows, layout_of
from services.registry.sheets.rows import Reading, read_rows
from services.registry.sheets.texts import read_pasted
from services.registry.sheets.vocabulary import by_word, plain
from services.registry.usecases.registrations.register import Entry, Participant
from services.registry.usecases.registrations.sheet import PEOPLE
from shared.countries import country_code
from shared.web.language import _, ngettext
from shared.web.words import reason_of
from shared.written_dates import DateError, read_date

ORDER = ("name", "email", "organisation", "country", "gender", "language", "role", "phone")
"""The order of columns in a list without headings."""

_WORDS: Mapping[str, dict[str, str]] = {
    "gender": by_word(
        {
            "female": ("f", "w", "woman", "ж", "жен", "женский", "женщина"),
            "male": ("m", "man", "м", "муж", "мужской", "мужчина"),
            "other": ("другой", "другое"),
            "unknown": ("?", "неизвестно"),
        }
    ),
    "status": by_word(
        {
            "nominated": ("предложение", "предложен", "предложена"),
            "registered": ("регистрация", "зарегистрирован", "зарегистрирована"),
            "attended": ("присутствие", "присутствовал", "присутствовала"),
            "absent": ("отсутствие", "отсутствовал", "отсутствовала"),
            "withdrawn": ("отказ", "отказался", "отказалась"),
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
    days: tuple[date, ...] = ()
    status: str = ""

    @property
    def can_be_new(self) -> bool:
        """Whether the status is one that somebody can be registered in."""
        return self.status in ("", "nominated", "registered") or (self.status == "attended" and bool(self.days))

    def says_nothing_new(self, there: Registration) -> bool:
        """Whether the registration is what the row says; a blank cell says nothing."""
        part = self.participant
        assert part is not None
        organisation = there.organisation.name if there.organisation else None
        same = {
            "role": part.role == there.role,
            "gender": part.gender == there.gender,
            "country": part.country == there.country,
            "organisation": part.organisation is None or part.organisation.name == organisation,
            "status": self.status == there.status,
        }
        days = not self.days or self.days == there.days_attended
        return days and all(same[name] for name in same if name in self.written)


@dataclass(frozen=True)
class PastedList:
    """What was pasted. `ignored` are headings that nothing is known of; `notes` tell what was left out."""

    rows: Sequence[PastedRow]
    ignored: Sequence[str]
    notes: Sequence[str] = ()


def read_people(
    text: str, status: Entry, *, chosen: Mapping[str, str] | None = None, activity: str | None = None
) -> PastedList:
    """A pasted list, each row read on its own.

    Args:
        chosen: heading → our field, as a person has said.
        activity: the code of the activity; rows that name another are left out.
    """
    try:
        table = read_pasted(_from_a_mail(text), knows(PEOPLE))
    except EmptyFile:
        return PastedList([], [])
    try:
        layout = layout_of(table, PEOPLE, chosen)
    except (NoRows, FileTooLarge):
        return PastedList([], [])
    except ImportRefused:  # without headings
        columns = {name: position for position, name in enumerate(ORDER)}
        layout = Layout(0, columns, {name: name for name in ORDER}, ORDER, ())
    found = read_rows(table, layout, PEOPLE)
    days, cells_of = _days(layout), {row.number: row.cells for row in table.rows}

    def days_of(cells: Sequence[Any]) -> tuple[date, ...]:
        marked = (day for at, day in days.items() if at < len(cells) and not _is_absent(cells[at]))
        return tuple(sorted(marked))

    rows, elsewhere = [], 0
    for reading in found.readings:
        if activity and reading.given.get("activity", activity) != activity:
            elsewhere += 1
        else:
            row = _read(reading, status)
            row.days = tuple(sorted({*days_of(cells_of.get(reading.number, ())), *row.days}))
            rows.append(row)
    notes = [_(note.title()) for note in found.notes]
    if elsewhere:
        notes.append(
            ngettext(
                "%(num)d row names another activity and is left out.",
                "%(num)d rows name another activity and are left out.",
                elsewhere,
            )
            % {"num": elsewhere}
        )
    ignored = [heading for heading in layout.unknown if _as_day(heading, layout.year) is None]
    return PastedList(rows, ignored, notes)


_NOT_THERE = frozenset(
    {"", "-", "–", "—", "0", "no", "нет", "н", "abs", "absent", "отс", "отсутствовал", "отсутствовала"}
)


def _is_absent(cell: Any) -> bool:
    return cell is None or str(cell).strip().casefold().rstrip(".") in _NOT_THERE


def _days(layout: Layout) -> dict[int, date]:
    """The columns that are days of attendance, by where they stand."""
    found = {at: _as_day(heading, layout.year) for at, heading in enumerate(layout.headings)}
    return {at: day for at, day in found.items() if day is not None}


def _as_day(heading: str, year: int | None) -> date | None:
    if not any(letter.isdigit() for letter in heading):
        return None
    try:
        return read_date(heading, year=year).day
    except DateError:
        return None


_IN_A_MAIL = re.compile(r"\s*([^<>;\n]{1,200}?)\s*<([^<>\s@]{1,64}@[^<>\s@]{1,255})>\s*")


def _from_a_mail(text: str) -> str:
    """`Asanov <a@example.org>; Petrov <p@example.org>`, as a mail program writes its addressees, one a line."""
    if "<" not in text or "\t" in text:
        return text
    parts = [part for part in re.split(r"[;\n]", text) if part.strip()]
    found = [_IN_A_MAIL.fullmatch(part) for part in parts[:1000]]
    if not all(found):
        return text
    return "\n".join(f"{one[1].strip(' ,')}\t{one[2]}" for one in found if one)


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


_NUMBERED = re.compile(r"\d{1,4}[.)]\s*")


def _read_days(row: PastedRow, listed: Sequence[str]) -> None:
    for day in listed:
        try:
            row.days = (*row.days, *filter(None, (read_date(day).day,)))
        except DateError as error:
            row.errors.append(f"{labels()['days']}: {_(error.title())} ({day})")


def _read(reading: Reading, status: Entry) -> PastedRow:
    listed_days = reading.given.pop("days", ())
    written = {name: str(value) for name, value in reading.given.items()}
    row = PastedRow(reading.number, written)
    _read_days(row, listed_days)
    row.errors += [f"{_(problem.error.title())} ({problem.value})" for problem in reading.problems]
    if "name" in written:
        written["name"] = _NUMBERED.sub("", written["name"], count=1)
        if any(letter.isdigit() or letter in "@;|<>" for letter in written["name"]):
            wrong = _("“%s” is no name of one person: see that its columns are separated as in the other rows.")
            row.errors.append(wrong % written["name"][:100])
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
    row.status = part["status"]
    part["status"] = row.status if row.status in ("nominated", "registered") else status
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
        "status": _("Status"),
        "days": _("Days attended"),
    }
