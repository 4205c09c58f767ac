"""The fields of an activity as a form has them, there and back: from the state to texts, from texts to a command."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from services.registry.models import Programme
from services.registry.models.programme import GENERAL
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from shared.contracts import Activity as ActivityState
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web import formats
from shared.web.forms import Form
from shared.web.language import LANGUAGES, _, names
from shared.written_dates import DateError, read_date, read_period

BOXES = ("protected", "beneficiary_countries[]")
"""Fields that a browser does not send when nothing is ticked."""

LISTS = ("co_organisers", "expert_organisations", "outputs", "sources")
"""Fields of one entry a line."""


def values_of(state: ActivityState) -> dict[str, str | Sequence[str]]:
    """The state of an activity as texts by the names of the form's fields."""
    count = state.headcount
    return {
        "part": part(state.programme, state.phase, state.component),
        "code": state.code,
        "kind": state.kind,
        "scope": state.scope,
        "delivery": state.delivery,
        **{f"title.{language}": text for language, text in state.title.items()},
        **{f"description.{language}": text for language, text in state.description.items()},
        **schedule_of(state),
        "beneficiary_countries[]": state.beneficiary_countries,
        "host_country": state.host_country or "",
        "co_organisers": "\n".join(each.name for each in state.co_organisers),
        "expert_organisations": "\n".join(each.name for each in state.expert_organisations),
        "series": state.series or "",
        "outputs": "\n".join(state.outputs),
        "sources": "\n".join(state.sources),
        "protected": "true" if state.protected else "",
        "headcount.total": str(count.total) if count else "",
        "headcount.women": str(count.women) if count and count.women is not None else "",
        "headcount.precision": count.precision if count else "exact",
        **{f"headcount.by_country.{code}": str(many) for code, many in (count.by_country if count else {}).items()},
        "seen_version": str(state.version),
    }


def schedule_of(state: ActivityState) -> dict[str, str]:
    place = state.place
    return {
        "starts": str(state.starts or ""),
        "ends": str(state.ends or ""),
        "time_zone": state.time_zone or "",
        **{f"place.name.{language}": text for language, text in (place.name if place else {}).items()},
        "place.country": (place.country if place else None) or "",
    }


def part(programme: str, phase: str | None, component: str | None) -> str:
    """A place in a programme's tree as one value, so that no component can be chosen that the phase does not have."""
    return "/".join(quote(each, safe="") for each in (programme, phase, component) if each is not None)


def read_part(text: str) -> dict[str, str]:
    return dict(zip(("programme", "phase", "component"), map(unquote, filter(None, text.split("/"))), strict=False))


def parts(known: Iterable[Programme]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each phase with what can be chosen in it; the newest first."""
    groups = []
    for programme in known:
        for phase in reversed(programme.phases):
            choices: list[tuple[str | None, str]] = [
                (each.code, words.component_name(each)) for each in phase.components
            ]
            choices += [(GENERAL, _("for all components")), (None, _("component not known"))]
            name = words.phase_name(phase)
            named = [(part(programme.code, phase.code, code), f"{name} · {shown}") for code, shown in choices]
            groups.append((f"{words.text(programme.short_name) or programme.code} · {name}", named))
    return groups


def lists_of(form: Form, known: ActivityState | None = None) -> dict[str, Any]:
    """The fields of one entry a line; an organisation that was known by its id stays so."""
    ids = {each.name: each.id for each in (*known.co_organisers, *known.expert_organisations)} if known else {}
    lines = {name: [" ".join(line.split()) for line in form.value(name).splitlines() if line.strip()] for name in LISTS}
    for name in ("co_organisers", "expert_organisations"):
        lines[name] = [{"name": each, "id": ids.get(each)} for each in lines[name]]  # type: ignore[misc]
    return lines


def headcount_of(form: Form) -> dict[str, Any] | None:
    """Nothing at all when no number was typed: how exact an unknown number is says nothing."""
    typed = {
        name.removeprefix("headcount."): form.value(name)
        for name in form.values
        if name.startswith("headcount.") and form.value(name)
    }
    numbers = {name: value for name, value in typed.items() if name != "precision"}
    if not numbers:
        return None
    countries = {name.removeprefix("by_country."): n for name, n in numbers.items() if name.startswith("by_country.")}
    whole = {name: value for name, value in typed.items() if not name.startswith("by_country.")}
    return whole | {"by_country": countries}


def headcount_fields(form: Form) -> list[str]:
    return [name for name in form.values if name.startswith("headcount.")]


class PlaceWithoutName(DomainError):
    """Name the place, not only its country."""

    slug = "place-without-name"


def place_of(form: Form, country: str) -> dict[str, Any] | None:
    """Raises: PlaceWithoutName."""
    prefix = "place.name."
    name = {field.removeprefix(prefix): form.value(field) for field in form.values if field.startswith(prefix)}
    name = {language: text for language, text in name.items() if text}
    if not name and form.value("place.country"):
        raise PlaceWithoutName(field=f"{prefix}{LANGUAGES[0]}")
    return {"name": name, "country": country or None} if name else None


DAYS = ("starts", "ends")


def days_of(form: Form, zone: str | None = None) -> dict[str, FuzzyDate | None]:
    """First and last day as they were typed. Where the last is blank, the first may be a range and fills both.

    Raises:
        DateError: with the field that it is about.
    """
    typed = [name for name in DAYS if form.value(name)]
    found: dict[str, FuzzyDate | None] = dict.fromkeys(DAYS)
    for name in typed:
        try:
            if typed == ["starts"]:
                period = read_period(form.value(name), zone=zone)
                found = {"starts": period.starts, "ends": period.ends}
            else:
                found[name] = read_date(form.value(name), zone=zone)
        except DateError as error:
            raise type(error)(error.detail, field=name) from None
    return found


def date_of(form: Form, name: str) -> FuzzyDate | None:
    """A day as it was typed.

    Raises:
        DateError: with the field that it is about.
    """
    try:
        return read_date(form.value(name)) if form.value(name) else None
    except DateError as error:
        raise type(error)(error.detail, field=name) from None


def place_fields(form: Form) -> list[str]:
    return [name for name in form.values if name.startswith("place.")]


@dataclass(frozen=True)
class Choices:
    """What the form of an activity offers."""

    parts: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    languages: Mapping[str, str]
    countries: Sequence[tuple[str, str]]
    beneficiaries: Sequence[tuple[str, str]]
    time_zones: Sequence[str]


async def choices(session: Session, actor: Actor, state: ActivityState | None = None) -> Choices:
    known = [each for each in await programmes(session, actor) if state is None or each.code == state.programme]
    spoken = [*LANGUAGES, *(language for each in known for language in each.languages)]
    written = [*state.title, *state.description] if state else []
    countries = {code for each in known for code in each.countries}
    counted = state.headcount.by_country if state and state.headcount else {}
    chosen = [*state.beneficiary_countries, *counted] if state else []
    return Choices(
        parts(known),
        {code: names().get(code, code) for code in dict.fromkeys([*spoken, *written])},
        words.country_choices(tuple(countries)),
        sorted(((code, formats.country(code)) for code in {*countries, *chosen}), key=lambda pair: pair[1]),
        ("Asia/Almaty", "Asia/Ashgabat", "Asia/Bishkek", "Asia/Dushanbe", "Asia/Tashkent", "Europe/Brussels"),
    )
