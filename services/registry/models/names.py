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

Sound = tuple[Word, ...]
"""A whole name."""

ALIKE = 88
"""Percent from which somebody is asked whether two names are one person's."""

_CERTAIN = 92  # from which they are one name beyond doubt, where the address is the same as well
_HOPELESS = 0.6  # so unlike are two words that nothing else can make their names alike
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
"""Son of, daughter of: never the first two words, where it is a name (Юлий)."""

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
_HEARD_ALIKE = str.maketrans("oeSCJ", "aiscz")  # what romanisations and clerks mix up most
_VOWELS = frozenset("aeiou")
_WOMANS, _MANS = re.compile(r"(ov|ev|in)a$"), re.compile(r"(ov|ev|in)$")


def sound_of(name: str) -> Sound:
    """The words of a name as they sound, without `son of` and `daughter of`."""
    latin = plain(name.casefold().translate(_LATIN)).translate(_CYRILLIC)
    words = [_sounding(word) for word in re.findall(r"[^\W_]+", latin)]
    heard = [word for place, word in enumerate(words) if word[0] and not (place > 1 and word[0] in _KIN)]
    return tuple((heard or words)[:_MOST_WORDS])


def written_sound(name: str) -> str:
    """How a name sounds, as a text that a column holds."""
    return " ".join("/".join(word) for word in sound_of(name))


def read_sound(text: str) -> Sound:
    return tuple(tuple(word.split("/")) for word in text.split())


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
    """How likely two names are one name in two spellings, in percent; 0 where they are not alike at all. A patronymic
    may be missing, a word may be an initial, and the words may stand in any order."""
    return likeness_of_sounds(sound_of(one), sound_of(other))


def likeness_of_sounds(one: Sound, other: Sound) -> int:
    """The same of two names that were heard already: one is compared with thousands."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if not shorter:
        return 0
    grid = []
    for word in shorter:
        row = [_word_likeness(word, beside) for beside in longer]
        if max(row) < _HOPELESS:
            return 0
        grid.append(row)
    best = max(
        (_of_words([grid[place][other] for place, other in enumerate(order)]) for order in _orders(shorter, longer)),
        default=0.0,
    )
    missing = len(longer) - len(shorter)
    return round(100 * best * (0.98**missing if len(shorter) > 1 else 0.8**missing))


def _orders(shorter: Sound, longer: Sound) -> Iterator[tuple[int, ...]]:
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
    begin_alike = _class(one[0]) == _class(two[0])
    if len(one) == 1 or len(two) == 1:
        return _INITIAL if begin_alike else 0.0
    alike = Levenshtein.normalized_similarity(one, two)
    if begin_alike and _skeleton(one) == _skeleton(two):
        alike = 0.5 + 0.5 * Levenshtein.normalized_similarity(one.translate(_HEARD_ALIKE), two.translate(_HEARD_ALIKE))
    return min(alike, 0.8) if _one_is_a_woman(one, two) else alike


def _one_is_a_woman(one: str, two: str) -> bool:
    """Whether two surnames differ in that."""
    return bool((_WOMANS.search(one) and _MANS.search(two)) or (_MANS.search(one) and _WOMANS.search(two)))


def _class(letter: str) -> str:
    return "A" if letter in _VOWELS else letter.translate(_CLASSES)


def is_one_name(one: str, other: str) -> bool:
    """Whether two spellings are one name beyond doubt: for people who share an address as well."""
    return one.split() == other.split() or likeness(one, other) >= _CERTAIN
