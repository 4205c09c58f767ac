"""What a letter says, in both languages, and what its calendar entry says to a calendar program."""

from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest

from services.notifications.messages.dates import when
from services.notifications.messages.letter import LANGUAGES, TEMPLATES, Letter, Recipient
from services.notifications.rules.registrations.letter import write
from services.notifications.rules.registrations.table import RULES, due
from shared.contracts import Activity
from tests.chronicle import Chronicle
from tests.unit.test_notifications_rules import case_of, said

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SENDER = "programme@example.org"


def letter_of(
    chronicle: Chronicle, told: dict[str, Any] | None = None, *, language: str | None = "en", **programme: Any
) -> Letter:
    """The letter that is due to a person who was told this last."""
    return letter_and_what_it_says(chronicle, told, language=language, **programme)[0]


def letter_and_what_it_says(
    chronicle: Chronicle, told: dict[str, Any] | None, *, language: str | None = "en", **programme: Any
) -> tuple[Letter, dict[str, Any]]:
    case = case_of(chronicle)
    thing = due(case, [told])
    assert thing is not None
    known = Chronicle().programme(**programme)
    return write(
        case,
        thing,
        programme=known,
        recipient=Recipient("Sample Person 1", "sample.person.1@example.org", language),
        beliefs=[told],
        at=NOW,
        sender=SENDER,
    )


def event_of(letter: Letter) -> tuple[str, Any]:
    assert letter.calendar is not None
    calendar = icalendar.Calendar.from_ical(letter.calendar)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def registered(**fields: Any) -> tuple[Chronicle, Activity]:
    chronicle = Chronicle()
    activity = chronicle.plan(**{"starts": "2099-09-14", "ends": "2099-09-16"} | fields)
    chronicle.register(activity, 1)
    return chronicle, activity


def test_a_confirmation_says_what_when_and_where() -> None:
    chronicle, _ = registered()
    letter = letter_of(chronicle)
    assert letter.subject == "You are registered: Sample workshop"
    assert "Dear Sample Person 1," in letter.text
    assert "    When: 14–16 September 2099\n    Where: Bishkek, Kyrgyzstan\n" in letter.text
    assert "Sample Programme" in letter.text


def test_a_confirmation_in_russian_is_russian_throughout() -> None:
    chronicle, _ = registered()
    letter = letter_of(chronicle, language="ru")
    assert letter.subject == "Вы зарегистрированы: Учебный семинар"
    assert "    Когда: 14–16 сентября 2099\n    Где: Бишкек, Кыргызстан\n" in letter.text
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(letter.text.replace("Sample Person", "").lower())


@pytest.mark.parametrize(
    ("contact", "programme", "expected"),
    [("ru", ("en",), "ru"), ("ky", ("ru", "en"), "ru"), (None, ("en", "ru"), "en"), ("ky", ("ky",), "en")],
)
def test_a_letter_is_in_the_persons_language_else_in_the_programmes(
    contact: str | None, programme: tuple[str, ...], expected: str
) -> None:
    chronicle, _ = registered()
    assert letter_of(chronicle, language=contact, languages=programme).language == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_template_in_every_language_and_no_template_is_without_a_rule(language: str) -> None:
    files = {path.stem for path in (TEMPLATES / language).glob("*.txt") if not path.stem.startswith("_")}
    assert files == set(RULES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_written_with_and_without_what_may_be_unknown(language: str) -> None:
    written = set()
    for known in ({}, {"starts": None, "ends": None, "place": None}, {"delivery": "online"}, {"delivery": "hybrid"}):
        for change in ("rescheduled", "cancelled", "reinstated", "withdrawn", "none"):
            for entry in (True, False):
                chronicle, activity = registered(**known)
                told = None if change == "none" else said(chronicle) | {"entry": entry}
                if change == "reinstated":
                    chronicle.cancel(activity)
                    told = said(chronicle) | {"entry": entry}
                _let_happen(chronicle, activity, change)
                letter = letter_of(chronicle, told, language=language)
                written.add(letter.subject)
                assert letter.subject
                assert "\n" not in letter.subject
                assert "\n\n\n" not in letter.text
                assert "None" not in letter.text
    assert len(written) == len(RULES)


def _let_happen(chronicle: Chronicle, activity: Activity, change: str) -> None:
    match change:
        case "rescheduled":
            chronicle.change(activity, "rescheduled", starts="2099-10", ends=None, status_reason="Sample reason.")
        case "cancelled":
            chronicle.cancel(activity)
        case "reinstated":
            cancelled = next(event.data for event in reversed(chronicle.events) if event.type == "activity-cancelled")
            assert isinstance(cancelled, Activity)
            chronicle.change(cancelled, "reinstated", status="planned", status_reason=None)
        case "withdrawn":
            registration = next(event.data for event in chronicle.events if event.type == "participant-registered")
            chronicle.withdraw(registration)  # type: ignore[arg-type]


def test_a_text_that_is_not_known_in_the_letters_language_is_given_in_the_programmes() -> None:
    chronicle, _ = registered(title={"ru": "Учебный семинар", "ky": "Окуу"})
    assert letter_of(chronicle, languages=("ru", "en")).subject == "You are registered: Учебный семинар"


def test_a_line_break_in_a_title_or_a_name_cannot_add_a_header_or_a_line() -> None:
    chronicle, _ = registered(title={"en": "Sample\r\nBcc: someone@example.org"})
    letter = letter_of(chronicle)
    assert letter.subject == "You are registered: Sample Bcc: someone@example.org"
    EmailMessage()["Subject"] = letter.subject


@pytest.mark.parametrize(
    ("starts", "ends", "english", "russian"),
    [
        ("2026-09-14", None, "14 September 2026", "14 сентября 2026"),
        ("2026-09-14", "2026-09-14", "14 September 2026", "14 сентября 2026"),
        ("2026-09-14", "2026-09-16", "14–16 September 2026", "14–16 сентября 2026"),
        ("2026-09-30", "2026-10-02", "30 September – 2 October 2026", "30 сентября – 2 октября 2026"),
        ("2026-12-30", "2027-01-02", "30 December 2026 – 2 January 2027", "30 декабря 2026 – 2 января 2027"),
        ("2026-09", None, "in September 2026 (the days…", "сентябрь 2026 г. (точные…"),
        ("2026", None, "in 2026 (the days…", "2026 г. (точные…"),
        ("2026-09", "2026-09", "in September 2026 (the days…", "сентябрь 2026 г. (точные…"),
        ("2026-09-14", "2026-09", "14 September 2026 – September 2026", "14 сентября 2026 – сентябрь 2026"),
        ("2026-05-01/2026-05-16", None, "between 1 May 2026 and 16 May 2026…", "в период с 1 мая 2026 по 16 мая…"),
        ("../2026-05-16", None, "by 16 May 2026", "не позднее 16 мая 2026"),
        ("2026-05-16/..", None, "from 16 May 2026 on", "не ранее 16 мая 2026"),
        (None, "2026-05", "by 31 May 2026", "не позднее 31 мая 2026"),
        (None, None, "the dates are not known yet", "даты пока не известны"),
    ],
)
def test_a_date_is_told_as_far_as_it_is_known(starts: str | None, ends: str | None, english: str, russian: str) -> None:
    activity = Chronicle().plan(starts=starts, ends=ends)
    for language, expected in (("en", english), ("ru", russian)):
        said = when(activity, language).replace("\xa0", " ").replace("\u202f", " ")
        assert said == expected or (expected.endswith("…") and said.startswith(expected.removesuffix("…")))


def test_the_calendar_entry_lasts_whole_days_and_ends_on_the_day_after_the_last() -> None:
    chronicle, _ = registered()
    method, event = event_of(letter_of(chronicle))
    assert method == "REQUEST"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2099, 9, 14), date(2099, 9, 17))
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["DTSTAMP"].dt == NOW
    assert str(event["STATUS"]) == "CONFIRMED"
    assert str(event["ORGANIZER"]) == f"mailto:{SENDER}"
    assert str(event["ATTENDEE"]) == "mailto:sample.person.1@example.org"
    assert str(event["SUMMARY"]) == "Sample workshop"


def test_an_update_and_a_cancellation_are_the_same_entry_with_a_higher_sequence() -> None:
    chronicle, activity = registered()
    letter, told = letter_and_what_it_says(chronicle, None)
    confirmation = event_of(letter)[1]
    moved = chronicle.change(activity, "rescheduled", starts="2099-10-01", ends="2099-10-02")
    letter, told = letter_and_what_it_says(chronicle, told)
    method, update = event_of(letter)
    assert method == "REQUEST"
    chronicle.cancel(moved)
    cancelled, cancellation = event_of(letter_of(chronicle, told))
    assert cancelled == "CANCEL"
    assert str(cancellation["STATUS"]) == "CANCELLED"
    assert confirmation["UID"] == update["UID"] == cancellation["UID"]
    assert int(confirmation["SEQUENCE"]) < int(update["SEQUENCE"]) < int(cancellation["SEQUENCE"])


def test_a_withdrawal_takes_the_entry_away_with_a_higher_sequence_although_the_activity_did_not_change() -> None:
    chronicle, _ = registered()
    letter, told = letter_and_what_it_says(chronicle, None)
    before = event_of(letter)[1]
    chronicle.withdraw(chronicle.events[-1].data)  # type: ignore[arg-type]
    method, after = event_of(letter_of(chronicle, told))
    assert method == "CANCEL"
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_without_days_there_is_no_entry_and_a_former_one_is_taken_away() -> None:
    chronicle, activity = registered()
    told = letter_and_what_it_says(chronicle, None)[1]
    chronicle.change(activity, "rescheduled", starts="2099-10", ends=None)
    letter, after = letter_and_what_it_says(chronicle, told)
    method, event = event_of(letter)
    assert method == "CANCEL"
    assert "DTSTART" not in event
    assert not after["entry"]
    assert letter_of(chronicle, told | {"entry": False}).calendar is None


def test_a_person_who_has_no_entry_is_not_sent_a_file_that_takes_one_away() -> None:
    chronicle, activity = registered()
    told = said(chronicle)
    chronicle.cancel(activity)
    assert letter_of(chronicle, told | {"entry": False}).calendar is None
    assert letter_of(chronicle, told | {"entry": True}).method == "CANCEL"


def test_a_reschedule_says_what_the_person_was_told_before_and_why() -> None:
    chronicle, activity = registered()
    told = said(chronicle)
    between = chronicle.change(activity, "rescheduled", starts="2099-11-01", ends="2099-11-02")
    chronicle.change(between, "rescheduled", starts="2099-10-01", ends="2099-10-02", status_reason="Sample reason.")
    letter = letter_of(chronicle, told)
    assert "    When: 1–2 October 2099\n" in letter.text
    assert "    Before: 14–16 September 2099\n" in letter.text
    assert "Reason: Sample reason." in letter.text


def test_a_letter_speaks_of_the_activity_as_it_is_when_it_is_written() -> None:
    chronicle, activity = registered()
    chronicle.change(activity, "updated", title={"en": "Sample seminar"})
    assert letter_of(chronicle).subject == "You are registered: Sample seminar"
