"""Which encoding a text is in, told by how its letters follow each other in the languages of the lists.

The bytes of a list fit several encodings, and what comes out looks like letters in each. So each reading is weighed by
a model of which letters stand beside which, learnt from the names of countries, languages, months and cities in
Unicode's CLDR; capitals inside a word, alphabets mixed in a word and signs that no list holds count against it. A
reading that is not clearly the best is offered for choice and not taken.
"""

import codecs
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from babel import Locale

ENCODINGS = {
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "cp866": "CP866",
    "mac-cyrillic": "MacCyrillic",
    "cp1252": "Windows-1252",
    "cp1254": "Windows-1254",
    "cp1257": "Windows-1257",
}
"""Codec → the name that people know; the more usual first, because equal readings are told as that."""

_SEEN = 200_000  # characters that are weighed; a list says enough by then
_CLEARLY = 8.0  # how much better the best reading has to be, in units of the logarithm of its likelihood
_ORDINARY = 7.5  # a pair that is one of 1800 is as likely as by chance
_NEVER_SEEN = -3.0
_LANGUAGES = {
    "cyrillic": ("ru", "ky", "kk", "tg", "uk", "be", "bg", "mn", "uz_Cyrl"),
    "latin": ("en", "de", "fr", "lv", "lt", "et", "tr", "tk", "uz", "az", "es", "it", "pt", "fi", "sv", "da", "nl"),
}
_WORD = re.compile(r"[^\W\d_]+")
_STRAY = re.compile(
    r"[—¬€®©°±‚ƒ†‡•‰™](?=[^\W\d_])|(?<=[^\W\d_])[¬€®©°±‚ƒ†‡•‰™]|(?<![\w»”])[’”»](?=\w)|“(?=\w[^”“]{0,80}(?:[;,\t\n]|$))"
)
"""A sign where nobody writes one: a dash or a euro glued to a letter, a closing mark before a word."""

_USUAL = frozenset("«»“”„‘’‚–—…№§°©®•·±×€£¥\u00a0\u2009\u202f\u00ad¹²³½¼¡¿™′″")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as one encoding gives it.

    Attributes:
        samples: some of its words with letters beyond ASCII, for a person to look at.
    """

    encoding: str
    text: str
    weight: float
    samples: tuple[str, ...]


def readings(content: bytes) -> list[Reading]:
    """What the bytes can be read as, the most likely first; equal texts once."""
    found: dict[str, Reading] = {}
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in found and not _has_controls(text):
            found[text] = Reading(encoding, text, _weight(text), _samples(text))
    return sorted(found.values(), key=lambda each: -each.weight)


def is_clear(candidates: Sequence[Reading]) -> bool:
    """Whether the first reading is so much better than the next that nobody has to be asked."""
    first = candidates[0]
    return first.weight > 0 and (len(candidates) == 1 or first.weight - candidates[1].weight > _CLEARLY)


def read_as(content: bytes, encoding: str) -> str | None:
    """The text in an encoding that a person has chosen by its name."""
    codec = {name.casefold(): codec for codec, name in ENCODINGS.items()}.get(encoding.casefold(), encoding)
    try:
        return content.decode(codecs.lookup(codec).name)
    except (LookupError, UnicodeDecodeError):
        return None


def _has_controls(text: str) -> bool:
    return re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", text) is not None


def _samples(text: str) -> tuple[str, ...]:
    """Three cells with letters beyond ASCII."""
    cells = re.split(r"[;,\t\r\n]+", text[:_SEEN])
    foreign = dict.fromkeys(cell.strip()[:80] for cell in cells if not cell.isascii())
    return tuple(foreign)[:3]


def _weight(text: str) -> float:
    """The logarithm of how likely a person wrote this."""
    text = text[:_SEEN]
    weight = 0.0
    for word, times in Counter(_WORD.findall(text)).items():
        if not word.isascii():
            weight += min(times, 3) * _word(word)
    signs = Counter(sign for sign in text if sign > "\x7f" and not sign.isalpha() and sign not in _USUAL)
    weight -= 6.0 * sum(min(times, 20) for times in signs.values())
    return weight - 6.0 * min(len(_STRAY.findall(text)), 60)


def _page(word: str) -> str:
    return "cyrillic" if any("Ѐ" <= letter <= "ӿ" for letter in word) else "latin"


def _word(word: str) -> float:
    model = _model(_page(word))
    weight = 0.0
    for first, second in _pairs(word):
        weight += model.get(first + second, _NEVER_SEEN)
    cyrillic = sum("Ѐ" <= letter <= "ӿ" for letter in word)
    if 0 < cyrillic < len(word):
        weight -= 8.0
    inside = sum(1 for a, b in pairwise(word) if a.islower() and b.isupper())
    return weight - 7.0 * inside


def _pairs(word: str) -> Iterator[tuple[str, str]]:
    """Neighbours of which one is beyond ASCII, with the ends of the word."""
    framed = f" {word.casefold()} "
    for first, second in pairwise(framed):
        if first > "\x7f" or second > "\x7f":
            yield first, second


@cache
def _model(page: str) -> dict[str, float]:
    """The logarithm of how much more often two letters stand beside each other than by chance."""
    pairs: Counter[str] = Counter()
    for language in _LANGUAGES[page]:
        locale = Locale.parse(language)
        names = [*locale.territories.values(), *locale.languages.values(), *locale.months["format"]["wide"].values()]
        names += [zone["city"] for zone in locale.time_zones.values() if "city" in zone]
        names += locale.currencies.values()
        weight = 3 if language in ("ru", "lv", "de", "tr") else 1
        for name in names:
            for word in _WORD.findall(str(name)):
                for first, second in _pairs(word):
                    pairs[first + second] += weight
    total = sum(pairs.values())
    return {pair: max(math.log(times / total) + _ORDINARY, _NEVER_SEEN) for pair, times in pairs.items()}
