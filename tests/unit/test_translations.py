"""Pages are complete in both languages: what can be said in English can be said in Russian."""

import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from shared.web import language
from tests.translations import PLACES, ROOT, missing, unused

CATALOGUES = [pytest.param(place, id=str(place.relative_to(ROOT))) for place in PLACES]


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_every_sentence_has_its_russian(po_file: Path) -> None:
    assert missing(po_file) == [], f"add them to {po_file.relative_to(ROOT)}: python -m tests.translations"


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_no_translation_is_left_of_what_nobody_says(po_file: Path) -> None:
    assert unused(po_file) == []


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_a_translation_has_the_same_gaps_to_be_filled_as_its_sentence(po_file: Path) -> None:
    if not po_file.exists():
        pytest.skip("this service says nothing yet")
    with po_file.open("rb") as source:
        catalogue = read_po(source, locale="ru")
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        for form in filter(None, forms) if message.id else ():
            wanted = message.id if isinstance(message.id, str) else message.id[-1]
            assert _gaps(str(form)) == _gaps(wanted), wanted


def test_russian_counts_in_three_forms() -> None:
    one, many = "One field needs your attention.", "%(num)d fields need your attention."
    with language.speaking("ru"):
        words = [language.ngettext(one, many, n).split()[-1] for n in (1, 2, 5, 11, 21)]
    assert words == ["поле.", "поля.", "полей.", "полей.", "поле."]


def test_a_sentence_that_nobody_translated_is_shown_in_english() -> None:
    with language.speaking("ru"):
        assert language.gettext("Quite unheard of") == "Quite unheard of"


def _gaps(text: str) -> list[str]:
    percent = [part.split(")")[0] for part in text.split("%(")[1:]] + ["%s"] * text.count("%s")
    return sorted(percent + [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name])
