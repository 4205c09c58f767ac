"""What countries are called, and which one is meant by what a person writes.

Names are those of Unicode's CLDR, as Babel has them, in the languages of those who write the lists; besides, the names
that officers use and CLDR has given up or never had. A name that could mean two countries means none.
"""

import re
from collections import defaultdict
from functools import cache

from babel import Locale
from babel.core import get_global

from shared.plain_text import plain_text

_OTHERWISE = {("ru", "KG"): "Кыргызстан"}  # as its own laws say in Russian; CLDR has the older Киргизия

_NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}  # unions, "unknown" and what is for testing

_LANGUAGES = (
    *("en", "ru", "ky", "kk", "uz", "uz_Cyrl", "tg", "tk", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu"),
    *("lv", "lt", "et", "fi", "sv", "da", "ro", "bg", "sr", "hr", "sl", "el", "tr", "az", "ka", "hy", "uk", "be"),
    *("mn", "fa", "ar", "zh", "ja", "ko"),
)

_ALIASES = {
    "AE": ("uae", "u.a.e.", "emirates", "эмираты", "арабские эмираты"),
    "AZ": ("азербайджанская республика",),
    "BY": ("белоруссия", "byelorussia"),
    "CD": ("dr congo", "drc", "democratic republic of the congo", "др конго"),
    "CG": ("republic of the congo", "республика конго"),
    "CI": ("ivory coast",),
    "CN": ("prc", "people's republic of china", "кнр", "китайская народная республика"),
    "CV": ("cape verde",),
    "CZ": ("czech republic", "чешская республика", "чехия", "czechia"),
    "GB": ("uk", "u.k.", "great britain", "england", "britain", "великобритания", "англия", "соединенное королевство"),
    "HK": ("hong kong", "гонконг"),
    "IR": ("islamic republic of iran", "иран"),
    "KG": (
        "kyrgyz republic",
        "кыргызская республика",
        "киргизия",
        "кыргызстан",
        "киргизская республика",
        "kyrgyz rep",
        "кр",
        "кыргыз республикасы",
    ),
    "KP": ("north korea", "dprk", "кндр", "северная корея"),
    "KR": ("south korea", "republic of korea", "rok", "южная корея", "республика корея"),
    "KZ": ("рк",),
    "LV": ("latvian republic", "латвийская республика"),
    "MD": ("moldova", "молдова", "молдавия"),
    "MK": ("macedonia", "fyrom", "македония"),
    "MM": ("burma", "бирма"),
    "NL": ("holland", "голландия"),
    "PS": ("palestine", "палестина"),
    "RU": ("russian federation", "российская федерация", "рф"),
    "SK": ("slovak republic", "словацкая республика"),
    "SZ": ("swaziland", "свазиленд"),
    "TL": ("east timor",),
    "TM": ("туркмения",),
    "TR": ("turkey", "турция", "турецкая республика", "turkiye"),
    "TW": ("republic of china",),
    "US": ("usa", "u.s.", "u.s.a.", "united states of america", "сша", "соединенные штаты америки", "америка"),
    "UZ": ("руз",),
    "VA": ("holy see", "ватикан"),
}

_SEVERAL = ("congo", "конго", "korea", "корея")
"""Names that each of two countries bears."""

_TITLES = re.compile(
    r"^(?:the )?(?:(?:islamic |people's |federal |co-operative )?(?:republic|kingdom|state|federation) of (?:the )?)"
    r"|^the |^(?:исламская |федеративная )?республика |^королевство |^ҷумҳурии |^республикаи |^republik "
    r"|,? \(?(?:(?:islamic|plurinational|bolivarian) )?(?:republic|state) of\)?$"
    r"|(?: respublikasi| respublikasy| республикасы| республикаси)$"
)


def country_name(code: str, locale: Locale) -> str:
    """`KG` → `Kyrgyzstan`, `Кыргызстан`; a code that no list knows stays as it is."""
    return _OTHERWISE.get((locale.language, code)) or str(locale.territories.get(code, code))


@cache
def countries() -> frozenset[str]:
    """All codes (ISO 3166-1 alpha-2)."""
    territories = Locale("en").territories
    return frozenset(code for code in map(str, territories) if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


def country_code(written: str) -> str | None:
    """The country that is meant by its code (of two or three letters) or its name in any of the languages."""
    name = _plain(written)
    names = _names()
    return names.get(name) or names.get(_TITLES.sub("", name))


def _plain(written: str) -> str:
    text = re.sub(r"['`´ʻʼ‘’]", "'", plain_text(written[:200])).casefold().replace("ё", "е")
    return " ".join(re.split(r"[\s_–—-]+", text)).strip(" :,;*").removesuffix(".") or text


@cache
def _names() -> dict[str, str]:
    """What is written → the code."""
    meant: dict[str, set[str]] = defaultdict(set)
    known = countries()
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in known:
                meant[_plain(name)].add(code)
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in known:
            meant[alias.casefold()].add(codes[0])
    names = {name: codes.pop() for name, codes in meant.items() if len(codes) == 1}
    for language in ("en", "ru"):
        names |= {_plain(name): code for code, name in Locale(language).territories.items() if code in known}
    names |= {_plain(code): code for code in known}
    names = {name: code for name, code in names.items() if name not in _SEVERAL}
    return names | {_plain(name): code for code, aliases in _ALIASES.items() for name in aliases}
