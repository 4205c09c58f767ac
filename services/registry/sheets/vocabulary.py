"""The words of lists, in English and Russian: names of columns, and the words that cells use for kinds, scopes, states.

Compared without regard to case, and with dashes, underscores and spaces alike. Each table reads: our word, then what
else people write for it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TypeVar, get_args

from babel import Locale

from services.registry.models.countries import countries
from shared.contracts.activities import ActivityKind, Delivery, Scope

W = TypeVar("W", bound=str)

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("id", "activity id", "activity code", "код", "код мероприятия", "ид"),
    "title": ("name", "activity", "event", "название", "наименование", "мероприятие", "название мероприятия", "тема"),
    "title_en": ("title en", "title (en)", "name en", "название (англ.)", "название на английском"),
    "title_ru": ("title (ru)", "name ru", "title in russian", "название (рус.)", "название на русском"),
    "description": ("summary", "описание", "содержание"),
    "description_en": ("description (en)",),
    "description_ru": ("description (ru)", "описание (рус.)"),
    "kind": ("type", "activity type", "type of activity", "вид", "вид мероприятия", "тип", "тип мероприятия"),
    "phase": ("фаза", "этап"),
    "component": ("компонент",),
    "scope": ("level", "охват", "уровень"),
    "delivery": ("format", "mode", "формат", "форма", "форма проведения", "формат проведения"),
    "status": ("state", "статус", "состояние"),
    "status_reason": ("reason", "причина"),
    "starts": ("start", "start date", "date", "from", "begins", "начало", "дата начала", "дата", "дата проведения"),
    "ends": ("end", "end date", "to", "until", "окончание", "дата окончания", "конец"),
    "time_zone": ("timezone", "часовой пояс"),
    "city": ("place", "venue", "location", "город", "место", "место проведения"),
    "host_country": ("country", "host", "страна", "страна проведения", "принимающая страна"),
    "beneficiary_countries": ("beneficiaries", "countries", "страны", "страны-бенефициары", "бенефициары"),
    "participants": ("number of participants", "headcount", "участники", "количество участников", "участников"),
    "women": ("female", "of them women", "женщины", "женщин", "из них женщин"),
    "co_organisers": ("co-organizers", "organisers", "partners", "соорганизаторы", "организаторы", "партнеры"),
    "expert_organisations": ("expert affiliations", "experts", "экспертные организации", "эксперты"),
    "series": ("серия",),
    "outputs": ("results", "результаты", "материалы"),
    "sources": (
        "source",
        "source url or seed",
        "source url",
        "url",
        "link",
        "links",
        "источник",
        "источники",
        "ссылка",
    ),
    "protected": ("защищено", "без имен"),
}

KINDS: Mapping[ActivityKind, tuple[str, ...]] = {
    "workshop": (
        *("ws", "national workshop", "regional workshop", "семинар-практикум", "воркшоп", "практикум"),
        *("рабочий семинар", "национальный семинар", "региональный семинар"),
    ),
    "training": ("training course", "course", "тренинг", "обучение", "курс", "учебный курс"),
    "training-of-trainers": ("tot", "train the trainers", "тренинг для тренеров", "подготовка тренеров"),
    "study-visit": (
        "study tour",
        "учебная поездка",
        "ознакомительная поездка",
        "учебный визит",
        "ознакомительный визит",
    ),
    "technical-assistance": (
        *("ta", "tam", "technical assistance mission", "technical mission", "mission"),
        *("техническая помощь", "техническое содействие", "миссия", "экспертная миссия"),
    ),
    "exchange-of-trainers": ("trainers exchange", "обмен тренерами", "обмен преподавателями"),
    "seminar": ("семинар",),
    "conference": ("forum", "конференция", "форум"),
    "meeting": ("working meeting", "встреча", "совещание", "заседание", "рабочая встреча"),
    "steering-group": (
        *("steering group meeting", "nsg", "rsg", "national steering group", "regional steering group"),
        *("руководящая группа", "заседание руководящей группы", "национальная руководящая группа", "нрг", "ррг"),
    ),
    "distance-learning": ("e-learning", "webinar", "online course", "дистанционное обучение", "вебинар"),
    "handover": ("hand-over", "hand over", "передача", "передача оборудования"),
    "grant-call": ("call for proposals", "grants", "конкурс грантов", "грантовый конкурс"),
    "contest": ("competition", "конкурс"),
    "other": ("другое", "прочее", "иное"),
}

SCOPES: Mapping[Scope, tuple[str, ...]] = {
    "national": ("национальный", "национальное", "национальная"),
    "bilateral": ("двусторонний", "двустороннее", "двусторонняя"),
    "regional": ("региональный", "региональное", "региональная"),
    "international": ("международный", "международное", "международная"),
    "unknown": ("неизвестно",),
}

DELIVERIES: Mapping[Delivery, tuple[str, ...]] = {
    "in-person": ("offline", "face-to-face", "onsite", "on-site", "очно", "очный", "очная", "очное", "офлайн"),
    "online": ("virtual", "remote", "онлайн", "дистанционно", "удаленно"),
    "hybrid": ("mixed", "гибрид", "гибридный", "смешанный", "смешанная"),
    "unknown": ("неизвестно",),
}

STATUSES: Mapping[str, tuple[str, ...]] = {
    "planned": ("plan", "план", "запланировано", "запланирован", "планируется"),
    "confirmed": ("подтверждено", "подтвержден"),
    "held": ("done", "completed", "implemented", "conducted", "проведено", "проведен", "состоялось", "выполнено"),
    "cancelled": ("canceled", "отменено", "отменен", "отмена"),
}

YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("да", "true", "1"), "no": ("нет", "false", "0")}

GENERAL = ("general", "all", "общий", "общие", "общее", "все")
"""What is written for the component of what serves a whole phase."""

_NAMES_OF_COUNTRIES = {
    "KG": ("kyrgyz republic", "кыргызстан", "кыргызская республика"),
    "TM": ("туркмения",),
    "LV": ("latvian republic", "латвийская республика"),
    "GB": ("uk", "great britain"),
    "US": ("usa",),
    "CZ": ("czech republic", "чешская республика"),
    "RU": ("российская федерация", "russian federation"),
    "MD": ("moldova", "молдова"),
}

assert set(KINDS) == set(get_args(ActivityKind)), "each kind has its words"
assert set(SCOPES) == set(get_args(Scope)), "each scope has its words"
assert set(DELIVERIES) == set(get_args(Delivery)), "each delivery has its words"


def plain(word: str) -> str:
    """A word as it is compared."""
    return " ".join(re.split(r"[\s_\-–—]+", word.casefold().replace("ё", "е"))).strip(" :.*")


def by_word(table: Mapping[W, Iterable[str]]) -> dict[str, W]:
    """What is written → our word."""
    ours = {plain(word): word for word in table}
    return {plain(other): word for word, others in table.items() for other in others} | ours


@cache
def country_names() -> dict[str, str]:
    """A country's names in English and Russian, and its code → its code."""
    found = {plain(code): code for code in countries()}
    for language in ("en", "ru"):
        names = Locale(language).territories
        found |= {plain(names[code]): code for code in countries() if code in names}
    found |= {plain(name): code for code, names in _NAMES_OF_COUNTRIES.items() for name in names}
    return found
