"""An output as a row of a list: its columns, the words for its kind and state, and how its steps are written in a cell.

A translation is its language, with the day in brackets: `ru (2023-05); uz`. A handover is who received it, the country
and the day, with a bar between them: `State Border Service | KG | 2023-05`; what is not known is left out.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, get_args

from babel import Locale

from services.registry.models.errors.output import NobodyReceived
from services.registry.sheets import cells
from services.registry.sheets.dates import period
from services.registry.sheets.errors import UnknownWord
from services.registry.sheets.sheet import LANGUAGES, Column, Sheet, by_language, called, digest_of, in_languages
from services.registry.sheets.tables import Cell
from services.registry.sheets.vocabulary import by_word, plain
from services.registry.usecases.activities.sheet import component
from shared.contracts.base import OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.outputs import Handover, OutputKind, OutputStatus, Translation
from shared.countries import country_code
from shared.written_dates import DateError

KINDS: Mapping[OutputKind, tuple[str, ...]] = {
    "handbook": ("guidebook", "справочник", "пособие", "учебное пособие"),
    "manual": ("руководство", "инструкция", "пособие для тренеров"),
    "guidelines": ("guideline", "методические рекомендации", "руководящие принципы", "методичка"),
    "study": ("report", "research", "analysis", "исследование", "отчет", "анализ"),
    "recommendations": ("recommendation", "рекомендации", "рекомендация"),
    "curriculum": ("training programme", "syllabus", "учебная программа", "учебный план", "программа обучения"),
    "mobile-application": ("app", "mobile app", "мобильное приложение", "приложение"),
    "equipment-documentation": ("equipment", "документация на оборудование", "оборудование"),
    "other": ("другое", "прочее", "иное"),
}
STATUSES: Mapping[OutputStatus, tuple[str, ...]] = {
    "planned": ("plan", "план", "запланирован", "запланировано", "планируется"),
    "drafted": ("draft", "подготовлен", "подготовлено", "черновик", "проект"),
    "translated": ("переведен", "переведено"),
    "handed-over": ("delivered", "передан", "передано"),
    "dropped": ("cancelled", "снят", "снято", "отменен", "отменено"),
}

assert set(KINDS) == set(get_args(OutputKind)), "each kind has its words"
assert set(STATUSES) == set(get_args(OutputStatus)), "each state has its words"


@cache
def _languages() -> Mapping[str, str]:
    """What a language is called in English and Russian, and its code → its code."""
    names = {plain(str(name)): code for each in ("ru", "en") for code, name in Locale(each).languages.items()}
    return {name: code for name, code in names.items() if len(code) < 4} | {code: code for code in set(names.values())}


def _language(written: str) -> str:
    """Raises: UnknownWord."""
    if found := _languages().get(plain(written)):
        return found
    raise UnknownWord(f"“{written}” is no language: write its name or its code, like ru.")


def _in_languages(cell: Cell) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_language(each) for item in cells.items(cell) for each in item.split(",")))


def _translations(cell: Cell) -> tuple[Translation, ...]:
    found = []
    for each in cells.items(cell):
        language, bracket, day = each.partition("(")
        found.append(Translation(language=_language(language), on=_on(day.rstrip(") ")) if bracket else None))
    return tuple(found)


def _handovers(cell: Cell) -> tuple[Handover, ...]:
    """Raises: NobodyReceived, NotACountry, NotADate."""
    return tuple(_handover(each) for each in cells.items(cell))


def _handover(written: str) -> Handover:
    to, *more = [part.strip() for part in written.rsplit("|", 2)]
    country: str | None = None
    on: FuzzyDate | None = None
    for part in filter(None, more):
        try:
            on = _on(part)
        except DateError:
            country = cells.country(part)
    if not more and (alone := country_code(to)):
        return Handover(country=alone)
    if not to and not country:
        raise NobodyReceived
    return Handover(to=OrganisationReference(name=to) if to else None, country=country, on=on)


def _on(written: str) -> FuzzyDate:
    return period(written).starts


def translation_cell(translation: Translation) -> str:
    return f"{translation.language} ({translation.on})" if translation.on else translation.language


def handover_cell(handover: Handover) -> str:
    name = handover.to.name if handover.to else ""
    return f"{name} | {cells.country_cell(handover.country) or ''} | {handover.on or ''}"


def together(values: dict[str, Any]) -> dict[str, Any]:
    """The cells that belong together: texts by language, days, and recipients that stand in two columns."""
    values = {name: value for name, value in values.items() if name != "code"}
    by_language(values, "title", "description")
    for name in ("expected", "drafted_on"):
        if name in values:
            values[name] = values[name].starts
    recipients, countries = values.pop("recipients", ()), values.pop("recipient_countries", ())
    if (recipients or countries) and "handovers" not in values:
        one = countries[0] if len(countries) == 1 else None
        values["handovers"] = (
            *(Handover(to=OrganisationReference(name=name), country=one) for name in recipients),
            *(Handover(country=code) for code in countries if not recipients or code != one),
        )
    return values


def code_made_of(given: Mapping[str, Any]) -> str:
    """A code for a row without an id, so that importing the list again meets the same output."""
    return f"{given.get('kind', '')}-{digest_of(given, 'title', 'kind', 'phase')}"


OUTPUTS_SHEET = Sheet(
    noun="outputs",
    code="code",
    needed=(("title", *(f"title_{language}" for language in LANGUAGES)),),
    together=together,
    code_made_of=code_made_of,
    columns={
        "code": Column(cells.line, called("id | output id | output code | код | ид")),
        "title": Column(cells.line, called("name | output | название | наименование | результат | материал")),
        **in_languages("title", cells.line),
        **in_languages("description", cells.text),
        "description": Column(cells.text, called("summary | описание")),
        "kind": Column(partial(cells.word, words=by_word(KINDS)), called("type | output type | вид | тип")),
        "phase": Column(cells.line, called("фаза | этап")),
        "component": Column(component, called("компонент")),
        "activities": Column(
            cells.items, called("activity | activity codes | мероприятия | мероприятие | коды мероприятий")
        ),
        "series": Column(cells.line, called("серия")),
        "languages": Column(_in_languages, called("language | drafted in | язык | языки")),
        "expected": Column(lambda cell: cell, called("due | planned for | ожидается | срок"), dated=True),
        "drafted_on": Column(lambda cell: cell, called("drafted | date of draft | подготовлено"), dated=True),
        "translations": Column(
            _translations, called("translated into | translation | переводы | переведено на | перевод")
        ),
        "handovers": Column(_handovers, called("handed over to | handover | handed over | передано | кому передано")),
        "recipients": Column(cells.items, called("recipient | received by | получатели | получатель")),
        "recipient_countries": Column(
            cells.country_list,
            called("countries | country | страны получателей | страны | страна"),
            means=cells.NAMIBIA,
        ),
        "sources": Column(cells.items, called("source | url | link | источник | источники | ссылка")),
        "status": Column(partial(cells.word, words=by_word(STATUSES)), called("state | статус | состояние")),
        "status_reason": Column(cells.line, called("reason | причина")),
    },
)
