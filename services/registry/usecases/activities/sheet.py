"""An activity as a row of a list: its columns, and what people call them in English and Russian."""

from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

from services.registry.models.errors.activity import WomenWithoutTotal
from services.registry.sheets import cells
from services.registry.sheets.sheet import LANGUAGES, Column, Sheet, by_language, called, digest_of, in_languages
from services.registry.sheets.tables import Cell
from services.registry.sheets.vocabulary import YES_NO, by_word, plain
from shared.contracts.activities import ActivityKind, Delivery, Scope

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
    "merged": ("объединено", "объединен"),
}

GENERAL = ("general", "all", "общий", "общие", "общее", "все")
"""What is written for the component of what serves a whole phase."""

assert set(KINDS) == set(get_args(ActivityKind)), "each kind has its words"
assert set(SCOPES) == set(get_args(Scope)), "each scope has its words"
assert set(DELIVERIES) == set(get_args(Delivery)), "each delivery has its words"


def component(cell: Cell) -> str:
    written = cells.line(cell)
    return "general" if plain(written) in GENERAL else written


def _women(cell: Cell) -> int:
    return cells.people(cell)[0]


def _protected(cell: Cell) -> bool:
    return cells.word(cell, by_word(YES_NO)) == "yes"


def _day(cell: Cell) -> Cell:
    return cell  # what is dated is read by the reader of dates


def together(values: dict[str, Any]) -> dict[str, Any]:
    """The cells that belong together: texts by language, first and last day, a headcount.

    Raises:
        WomenWithoutTotal
    """
    values = {name: value for name, value in values.items() if name != "code"}
    by_language(values, "title", "description")
    if first := values.get("starts"):
        values["starts"] = first.starts
        if first.ends and "ends" not in values:
            values["ends"] = first.ends
    if (last := values.get("ends")) and not hasattr(last, "earliest"):
        values["ends"] = last.ends or last.starts
    if "women" in values and "participants" not in values:
        raise WomenWithoutTotal(field="women")
    if "participants" in values:
        total, precision = values.pop("participants")
        values["headcount"] = {"total": total, "precision": precision}
        if "women" in values:
            values["headcount"]["women"] = values["women"]
    if "expected" in values:
        values["expected"] = values["expected"][0]
    values.pop("women", None)
    return values


def code_made_of(given: Mapping[str, Any]) -> str:
    """A code for a row without an id, so that importing the list again meets the same activity."""
    digest = digest_of(given, "title", "kind", "starts", "city", "host_country")
    return f"{given.get('phase', '')}-{given.get('kind', '')}-{digest}"


SHEET = Sheet(
    noun="activities",
    code="code",
    needed=(("title", *(f"title_{language}" for language in LANGUAGES)),),
    together=together,
    code_made_of=code_made_of,
    columns={
        "code": Column(cells.line, called("id | activity id | activity code | код | код мероприятия | ид")),
        "title": Column(
            cells.line,
            called(
                "name | activity | event | название | наименование | мероприятие | название мероприятия | тема |"
                " title of activity | activity title | name of activity | название мероприятия (тема) | тема"
                " мероприятия | наименование мероприятия | іс-шара | иш-чара | иш-чаранын аталышы | tadbir nomi |"
                " titel"
            ),
        ),
        "title_en": Column(
            cells.line, called("title en | title (en) | name en | название (англ.) | название на английском")
        ),
        "title_ru": Column(
            cells.line, called("title (ru) | name ru | title in russian | название (рус.) | название на русском")
        ),
        "description": Column(cells.text, called("summary | описание | содержание")),
        "description_en": Column(cells.text, called("description (en)")),
        "description_ru": Column(cells.text, called("description (ru) | описание (рус.)")),
        "kind": Column(
            partial(cells.word, words=by_word(KINDS)),
            called(
                "type | activity type | type of activity | вид | вид мероприятия | тип | тип мероприятия | kind"
                " of activity | вид деятельности | activity kind"
            ),
        ),
        "phase": Column(cells.line, called("фаза | этап | programme phase | фаза программы | phase of the programme")),
        "component": Column(component, called("компонент | компонент программы | programme component")),
        "scope": Column(partial(cells.word, words=by_word(SCOPES)), called("level | охват | уровень")),
        "delivery": Column(
            partial(cells.word, words=by_word(DELIVERIES)),
            called("format | mode | формат | форма | форма проведения | формат проведения"),
        ),
        "status": Column(partial(cells.word, words=by_word(STATUSES)), called("state | статус | состояние")),
        "status_reason": Column(cells.line, called("reason | причина")),
        "starts": Column(
            _day,
            called(
                "start | start date | date | from | begins | начало | дата начала | дата | дата проведения |"
                " dates | даты | даты проведения | дата и время | сроки | сроки проведения | срок | период |"
                " период проведения | date of activity | event date | when | день начала | первый день | first"
                " day | start of activity | дата начала мероприятия | даты проведения начало | dates start |"
                " dates from | datum | beginn | күнү | sana"
            ),
            dated=True,
        ),
        "ends": Column(
            _day,
            called(
                "end | end date | to | until | окончание | дата окончания | конец | last day | последний день |"
                " даты проведения окончание | даты проведения конец | dates end | dates to | ende | дата"
                " завершения | завершение"
            ),
            dated=True,
        ),
        "time_zone": Column(cells.line, called("timezone | часовой пояс")),
        "city": Column(
            cells.line,
            called(
                "place | venue | location | город | место | место проведения | place of activity | город"
                " проведения | venue city | место и город | ort | жер | joy"
            ),
        ),
        "host_country": Column(
            cells.country,
            called("country | host | страна | страна проведения | принимающая страна"),
            means=cells.NAMIBIA,
        ),
        "beneficiary_countries": Column(
            cells.country_list,
            called("beneficiaries | countries | страны | страны-бенефициары | бенефициары"),
            means=cells.NAMIBIA,
        ),
        "participants": Column(
            cells.people,
            called(
                "number of participants | headcount | участники | количество участников | участников | attendees"
                " | number | people | count | количество | кол во участников | кол во | число участников |"
                " planned participants | участники всего | всего участников | total participants | participants"
                " total"
            ),
        ),
        "women": Column(
            _women,
            called(
                "female | of them women | женщины | женщин | из них женщин | women participants | f | ж | жен |"
                " женщины участники | участники женщины | participants women"
            ),
        ),
        "expected": Column(
            cells.people,
            called(
                "expected participants | planned number of participants | ожидаемое количество участников |"
                " ожидается участников | план участников"
            ),
        ),
        "co_organisers": Column(
            cells.items, called("co-organizers | organisers | partners | соорганизаторы | организаторы | партнеры")
        ),
        "expert_organisations": Column(
            cells.items, called("expert affiliations | experts | экспертные организации | эксперты")
        ),
        "series": Column(cells.line, called("серия")),
        "outputs": Column(cells.items, called("results | результаты | материалы")),
        "sources": Column(
            cells.items,
            called("source | source url or seed | source url | url | link | links | источник | источники | ссылка"),
        ),
        "protected": Column(_protected, called("защищено | без имен"), means=tuple(by_word(YES_NO))),
        **in_languages("title", cells.line, LANGUAGES[2:]),
        **in_languages("description", cells.text, LANGUAGES[2:]),
    },
)
