"""Pages are complete in every language: what can be said in English can be said in each."""

import string
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from shared.web import language
from tests.translations import FILES, ROOT, catalogue, missing, unused

CATALOGUES = [pytest.param(file, id=file.stem) for file in FILES]


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_every_sentence_is_translated(po_file: Path) -> None:
    assert missing(po_file) == [], f"add them to {po_file.relative_to(ROOT)}: python -m tests.translations"


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_no_translation_is_left_of_what_nobody_says(po_file: Path) -> None:
    assert unused(po_file) == []


@pytest.mark.parametrize("po_file", CATALOGUES)
def test_a_translation_has_the_same_gaps_to_be_filled_as_its_sentence(po_file: Path) -> None:
    for message in catalogue(po_file):
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


def test_a_third_language_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "language.py").write_text((language.CATALOGUES / "language.py").read_text())
    (tmp_path / "ky.po").write_text('msgid ""\nmsgstr "Language: ky\\n"\n\nmsgid "Sign in"\nmsgstr "Кирүү"\n')
    found = spec_from_file_location("a_third_language", tmp_path / "language.py")
    assert found
    assert found.loader
    third = module_from_spec(found)
    found.loader.exec_module(third)
    assert third.names() == {"en": "English", "ky": "Кыргызча"}
    assert third.as_language("ky-KG") == "ky"
    with third.speaking("ky"):
        assert third.gettext("Sign in") == "Кирүү"
        assert third.gettext("Sign out") == "Sign out"


def _gaps(text: str) -> list[str]:
    percent = [part.split(")")[0] for part in text.split("%(")[1:]] + ["%s"] * text.count("%s")
    return sorted(percent + [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name])
