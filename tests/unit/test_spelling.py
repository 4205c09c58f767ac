"""What is found by which words, and which order lists stand in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.spelling import searchable, sortable


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Отчёт о семинаре", "отчет"),
        ("Отчет о семинаре", "отчёт"),
        ("İstanbul Workshop", "istanbul"),
        ("Seminar in Istanbul", "İstanbul"),
        ("Rīga", "Riga"),
        ("Riga", "Rīga"),
        ("O‘zbekiston", "O'zbek"),
        ("Oʻzbekiston", "Ozbek"),
        ("Ozbekiston", "O´zbek"),
        ("Йодный раствор", unicodedata.normalize("NFD", "йодный")),
        (unicodedata.normalize("NFD", "Йодный раствор"), "йодный"),
        ("Workshop in Tashkent", "Ташкент"),
        ("Семинар в Ташкенте", "tashkent"),
        ("Regional workshop on risk analysis, Tashkent, 2022", "risk analysis tashkent"),
        ("Хасан", "Khasan"),
        ("Хуршид", "Xurshid"),
        ("Жээнбеков", "Jeenbekov"),
        ("Жээнбеков", "Zheenbekov"),
        ("Юрий Цой", "Yuri Tsoy"),
        ("Бишкек", "Bishkek"),
        ("Ереван", "Yerevan"),
        ("Кыргызстан", "Kyrgyz"),
        ("Ош, Өзгөн", "Ozgon"),
        ("Żółć", "zolc"),
        ("Straße", "STRASSE"),
        ("Ａ４ paper", "a4"),
        ("co\u00adopera\u200btion", "cooperation"),
        ("«Манас» — тренинг", "манас тренинг"),
        ("S-1", "s-1"),
    ],
)
def test_a_text_is_found_in_either_alphabet_with_and_without_diacritics(written: str, sought: str) -> None:
    assert all(word in searchable(written) for word in searchable(sought).split())


@pytest.mark.parametrize(("written", "sought"), [("Отчёт", "отчеты"), ("Osh", "Oslo"), ("workshop", "worship")])
def test_another_word_finds_nothing(written: str, sought: str) -> None:
    assert searchable(sought) not in searchable(written)


@pytest.mark.parametrize("word", ["workshop", "шахматы", "Ёлочный", "İzmir", "Xurshid", "expert", "Щукин"])
def test_what_is_typed_so_far_finds_the_word_that_it_begins(word: str) -> None:
    for end in range(1, len(word)):
        assert searchable(word).startswith(searchable(word[:end]))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_how_a_text_is_composed_makes_no_difference(text: str) -> None:
    assert searchable(unicodedata.normalize("NFD", text)) == searchable(unicodedata.normalize("NFC", text))


def test_titles_stand_in_the_order_of_the_alphabet() -> None:
    ordered = ["10 лет", "Istanbul", "İzmir", "Riga", "Rīgas", "Zoll", "Аналог", "Едва", "Ёлочный", "Ель", "Иван"]
    ordered += ["Йодный", "Кант", "Нота", "Нөл", "Ңа", "Оса", "Ош", "Өзгөн", "Ясный", "«Яшма»"]
    assert sorted(set(ordered), key=sortable) == ordered


def test_composed_and_decomposed_texts_stand_together() -> None:
    for text in ("Ёлочный", "Йодный", "Rīga", "Ўзбекистон"):
        assert sortable(unicodedata.normalize("NFD", text)) == sortable(text)
