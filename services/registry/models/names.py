"""Names as they sound: one person is `Жээнбеков Жумабек`, `Jumabek Jeenbekov` and `ZHEENBEKOV J.` in three lists.

A name is written down in the letters of its sounds, whatever the alphabet and the romanisation (passports, BGN/PCGN,
the national alphabets). Among many thousands those that may be alike are found by keys, which an index holds: the
consonants of one word, in broad classes, with the first letter of another. So one word may be quite wrong, be missing
or be an initial. Those that share a key are then weighed letter by letter. Nothing is taken for the same by this.
"""

import re
from collections.abc import Iterator
from itertools import permutations

from rapidfuzz.distance import Levenshtein

from shared.spelling import plain

Word = tuple[str, ...]
"""One word of a name, as it may sound: `j` is one sound in Bishkek and another in Riga."""

ALIKE = 84
"""Percent from which somebody is asked whether two names are one person's."""

_CERTAIN = 92  # from which they are one name beyond doubt, where the address is the same as well
_INITIAL = 0.88  # what an initial is worth that fits
_MOST_WORDS = 5

_LATIN = str.maketrans(
    {"ž": "zh", "š": "sh", "ş": "sh", "ș": "sh", "č": "ch", "ç": "ch", "ə": "a", "ı": "i", "ł": "l", "đ": "d", "ø": "o"}
)
_CYRILLIC = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфыэғґқөүұәіңҥһҳҷќѓє", "abvgdeeziyklmnoprstufyeggkouuainnhhjkge", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
)
# A capital stands for a sound that several letters write.
_SOUNDS = {
    **dict.fromkeys(("shch", "sch", "sh"), "S"),
    **dict.fromkeys(("tch", "tsh", "ch"), "C"),
    **dict.fromkeys(("dzh", "zh", "dj", "j"), "J"),
    **dict.fromkeys(("kh", "ks", "x"), "h"),
    **dict.fromkeys(("ck", "q"), "k"),
    **dict.fromkeys(("ts", "tz"), "c"),
    "gh": "g",
    "ph": "f",
    "ng": "n",
    "w": "v",
    "y": "i",
}
_TOGETHER = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_GLIDE = re.compile(r"(?<=[aeou])i|i(?=[aeou])")  # ya, ia, я: one sound; ai, ay, ай another
_TWICE = re.compile(r"(.)\1+")
_ENDS_IN_F = re.compile(r"(?<=[eo])f$")  # Ivanoff
_KIN = frozenset(("ulu", "uli", "kizi", "gizi", "ogli", "oglu", "ugli", "kiz"))
"""Son of, daughter of."""

_CLASSES = str.maketrans(
    {
        **dict.fromkeys("szSCJc", "S"),
        **dict.fromkeys("kgh", "K"),
        **dict.fromkeys("vf", "V"),
        **dict.fromkeys("bp", "P"),
        **dict.fromkeys("dt", "T"),
        **dict.fromkeys("aeiou", ""),
        "m": "M",
        "n": "N",
        "l": "L",
        "r": "R",
    }
)
_VOWELS = frozenset("aeiou")
_WOMANS, _MANS = re.compile(r"(ov|ev|in)a$"), re.compile(r"(ov|ev|in)$")


def sound_of(name: str) -> tuple[Word, ...]:
    """The words of a name as they sound, without `son of` and `daughter of`."""
    latin = plain(name.casefold().translate(_LATIN)).translate(_CYRILLIC)
    words = [_sounding(word) for word in re.findall(r"[^\W_]+", latin)]
    heard = [word for word in words if word[0] and word[0] not in _KIN]
    return tuple((heard or words)[:_MOST_WORDS])


def _sounding(word: str) -> Word:
    if word.isdigit():
        return (word,)
    readings = (word, word.replace("j", "y")) if "j" in word else (word,)
    return tuple(map(_reading, readings))


def _reading(word: str) -> str:
    if len(word) == 1:
        return _SOUNDS.get(word, word)
    together = _TOGETHER.sub(lambda found: _SOUNDS[found[0]], word)
    bare = _GLIDE.sub("", _TWICE.sub(r"\1", together)) or together
    return _ENDS_IN_F.sub("v", _TWICE.sub(r"\1", bare))


def keys_of(name: str) -> list[str]:
    """What names that may be alike have in common: they share one of these at least."""
    words = sound_of(name)
    if len(words) == 1:
        return sorted({f"{_skeleton(reading)}:" for reading in words[0]})
    return sorted(
        {
            f"{_skeleton(reading)}:{_skeleton(beside)[:1]}"
            for place, word in enumerate(words)
            for other, second in enumerate(words)
            if place != other
            for reading in word
            if len(reading) > 1
            for beside in second
        }
    )


def _skeleton(word: str) -> str:
    """The consonants of a word in broad classes; a first vowel is one, whichever it is."""
    if word.isdigit():
        return word
    consonants = _TWICE.sub(r"\1", word.translate(_CLASSES))
    return f"A{consonants}" if word[:1] in _VOWELS else consonants


def likeness(one: str, other: str) -> int:
    """How likely two names are one name in two spellings, in percent. A patronymic may be missing, a word may be an
    initial, and the words may stand in any order."""
    shorter, longer = sorted((sound_of(one), sound_of(other)), key=len)
    if not shorter:
        return 0
    grid = [[_word_likeness(word, beside) for beside in longer] for word in shorter]
    best = max(
        (_of_words([grid[place][other] for place, other in enumerate(order)]) for order in _orders(shorter, longer)),
        default=0.0,
    )
    missing = len(longer) - len(shorter)
    return round(100 * best * (0.98**missing if len(shorter) > 1 else 0.8**missing))


def _orders(shorter: tuple[Word, ...], longer: tuple[Word, ...]) -> Iterator[tuple[int, ...]]:
    return permutations(range(len(longer)), len(shorter))


def _of_words(likenesses: list[float]) -> float:
    """The worst word says most: Rustam Karimov is not Ruslan Karimov."""
    return 0.7 * min(likenesses) + 0.3 * sum(likenesses) / len(likenesses)


def _word_likeness(word: Word, other: Word) -> float:
    return max(_reading_likeness(one, two) for one in word for two in other)


def _reading_likeness(one: str, two: str) -> float:
    if one == two:
        return 1.0
    if one.isdigit() or two.isdigit():
        return 0.0
    if len(one) == 1 or len(two) == 1:
        return _INITIAL if _skeleton(one)[:1] == _skeleton(two)[:1] else 0.0
    alike = Levenshtein.normalized_similarity(one, two)
    if _skeleton(one) == _skeleton(two):
        alike = 0.6 + 0.4 * alike
    if bool(_WOMANS.search(one)) != bool(_WOMANS.search(two)) and (_MANS.search(one) or _MANS.search(two)):
        alike = min(alike, 0.8)
    return alike


def is_one_name(one: str, other: str) -> bool:
    """Whether two spellings are one name beyond doubt: for people who share an address as well."""
    return likeness(one, other) >= _CERTAIN or sound_of(one) == sound_of(other)
