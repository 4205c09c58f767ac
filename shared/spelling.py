"""One word in many spellings: how texts of several alphabets are found, and in which order they stand.

A list holds `Ташкент`, `Tashkent` and `Toʻlqin`, composed and decomposed, with and without diacritics; a person types
what is at hand. The column that is searched and the words that are sought go through the same function. An order is a
key as well, not a collation of the database: PostgreSQL is built without ICU in places (ours for one machine is), and
a page of a list begins after a key.
"""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = dict.fromkeys("'`´ʹʺʻʼʽʾʿˈˊˋ‘’‚‛′＇", "")

_UNDECOMPOSED = dict(zip("łøđðıŋəħŧ", "loddinaht", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
"""Letters that Unicode does not take apart into a plain letter and a mark."""

_CYRILLIC = dict(zip("абвгдезиклмнопрстуфыэ", "abvgdeziklmnoprstufie", strict=True)) | {
    **dict(zip("ғґқҡҝңҥөүұәіћҳһє", "ggkkknnouuaichhe", strict=True)),
    "ж": "zh",
    "ҷ": "zh",
    "џ": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
}
_LATIN = {"j": "zh", "x": "kh", "q": "k", "w": "v", "y": "i"}
"""One letter becomes what Cyrillic becomes, never several letters one: a word half typed finds what it begins."""

_SEARCHED = str.maketrans(_UNDECOMPOSED | _CYRILLIC | _LATIN)
_WITHOUT_APOSTROPHES = str.maketrans(_APOSTROPHES)
_NOT_A_WORD = re.compile(r"[\W_]+")
_LONG_I = re.compile(r"i{2,}")
_FIRST_E = re.compile(r"\bie")  # Yerevan, Ереван


def searchable(text: str) -> str:
    """A text as it is searched: in plain small Latin letters, its words with one space between them.

    A text is found when `searchable(text)` contains each word of `searchable(sought)`.
    """
    words = _NOT_A_WORD.sub(" ", plain(text).translate(_SEARCHED))
    return _FIRST_E.sub("e", _LONG_I.sub("i", words)).strip()


def plain(text: str) -> str:
    """A text in small letters, without diacritics, apostrophes and invisible characters; the alphabet stays."""
    composed = unicodedata.normalize("NFKC", text.translate(_WITHOUT_APOSTROPHES))
    return _unmarked(unicodedata.normalize("NFKD", composed.casefold()))


def _unmarked(text: str) -> str:
    return text if text.isascii() else "".join(filter(_stays, text))


@lru_cache(4096)
def _stays(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Mn", "Cf")


_LATE = "\uffff"  # a letter that comes after its base and all that begins with it
_LETTERS = dict(zip("ғґқҡңҥөүұўҳһәҷіїєӣӯ", "ггккнноуууххачииеиу", strict=True))
_ORDERED = str.maketrans({**{each: base + _LATE for each, base in _LETTERS.items()}, **_UNDECOMPOSED})


def sortable(text: str) -> str:
    """The key by which texts stand in the order of their alphabets: compare keys as code points (`COLLATE "C"`).

    Letters with marks stand with their plain ones (ё with е, ñ with n), those of an alphabet of its own after them
    (ң after н, й after и); Latin stands before Cyrillic. Texts that differ in nothing else are told apart at the end.
    """
    written = unicodedata.normalize("NFKC", text.translate(_WITHOUT_APOSTROPHES)).casefold()
    letters = unicodedata.normalize("NFC", written)
    words = _NOT_A_WORD.sub(" ", _unmarked(letters)).strip()
    return f"{''.join(map(_ordered, words))}\t{letters}"


@lru_cache(4096)
def _ordered(letter: str) -> str:
    known = letter.translate(_ORDERED)
    return known if known != letter or letter == "й" else plain(letter)
