"""What the registry's words are called on a page, in the reader's language, and how a value is said.

Everything that is not known is said to be so. The lists are functions, because the language belongs to the request.
"""

from collections.abc import Iterable, Mapping

from babel.languages import get_official_languages

from services.registry.models import Activity, Organisation, Programme
from services.registry.models.programme import GENERAL
from shared.contracts.activities import Headcount, Place
from shared.contracts.programmes import Component, Phase
from shared.countries import countries
from shared.web import formats, vocabulary
from shared.web.language import _, names, ngettext

kinds = vocabulary.kinds
text = vocabulary.text


def scopes() -> dict[str, str]:
    return {**vocabulary.scopes(), "unknown": _("not known")}


def deliveries() -> dict[str, str]:
    return {**vocabulary.deliveries(), "unknown": _("not known")}


def statuses() -> dict[str, str]:
    return {
        "planned": _("planned"),
        "confirmed": _("confirmed"),
        "held": _("held"),
        "cancelled": _("cancelled"),
        "merged": _("merged"),
    }


STATUS_LOOKS: Mapping[str, str] = {
    "planned": "waiting",
    "confirmed": "good",
    "cancelled": "bad",
    "registered": "good",
    "nominated": "waiting",
    "withdrawn": "bad",
    "absent": "bad",
}
"""Which look of a badge repeats the word; whatever is not named here looks neutral."""


def registration_statuses() -> dict[str, str]:
    return {
        "nominated": _("nominated"),
        "registered": _("registered"),
        "attended": _("attended"),
        "absent": _("absent"),
        "withdrawn": _("withdrawn"),
    }


def roles() -> dict[str, str]:
    return {
        "participant": _("participant"),
        "trainer": _("trainer"),
        "expert": _("expert"),
        "interpreter": _("interpreter"),
        "observer": _("observer"),
        "organiser": _("organiser"),
    }


def genders() -> dict[str, str]:
    return {"female": _("female"), "male": _("male"), "other": _("other"), "unknown": _("not known")}


def precisions() -> dict[str, str]:
    return {"exact": _("exact"), "at-least": _("at least"), "estimated": _("estimated")}


def organisation_kinds() -> dict[str, str]:
    return {
        "border-guard": _("border guard"),
        "customs": _("customs"),
        "migration": _("migration"),
        "police": _("police"),
        "phytosanitary": _("phytosanitary"),
        "veterinary": _("veterinary"),
        "other-agency": _("other agency"),
        "donor": _("donor"),
        "implementer": _("implementer"),
        "partner": _("partner"),
        "co-organiser": _("co-organiser"),
        "unknown": _("not known"),
    }


def languages() -> dict[str, str]:
    """The languages that mails are written in, by their own names."""
    return names()


def written_languages(known: Iterable[Programme]) -> list[tuple[str, str]]:
    """The languages of documents: those of the programmes, and the official ones of their countries."""
    official = {code for each in known for country in each.countries for code in get_official_languages(country)}
    spoken_in = {code for each in known for code in each.languages}
    return sorted(((code, formats.language(code)) for code in official | spoken_in), key=lambda pair: pair[1])


def country_choices(first: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """All countries by name; those of the programme first."""
    named = sorted(((code, formats.country(code)) for code in countries()), key=lambda pair: pair[1])
    return sorted(named, key=lambda pair: pair[0] not in first)


def country_names(codes: Iterable[str]) -> str:
    return ", ".join(formats.country(code) for code in codes)


def programme_choices(programmes: Iterable[Programme]) -> list[tuple[str, str]]:
    """Programmes to be chosen from: code, and what it is called for short."""
    return [(each.code, text(each.short_name) or each.code) for each in programmes]


def countries_of(programmes: Iterable[Programme]) -> list[tuple[str, str]]:
    """The countries of programmes, by name."""
    codes = {code for each in programmes for code in each.countries}
    return sorted(((code, formats.country(code) or code) for code in codes), key=lambda pair: pair[1])


def when(activity: Activity) -> str:
    """The days, as far as they are known."""
    return formats.dates(activity.starts, activity.ends)


def phase_name(phase: Phase) -> str:
    name = text(phase.name)
    return name if phase.code in name else f"{_('Phase')} {phase.code}" + (f": {name}" if name else "")


def component_name(component: Component) -> str:
    name = text(component.name)
    return name if component.code in name else f"{component.code}. {name}"


def part_of(programme: Programme | None, phase: str, component: str | None) -> str:
    """Where an activity hangs in its programme's tree."""
    found = next((each for each in programme.phases if each.code == phase), None) if programme else None
    where = phase_name(found) if found else f"{_('Phase')} {phase}"
    return f"{where} · {component_of(found, component)}"


def component_of(phase: Phase | None, component: str | None) -> str:
    if component is None:
        return _("component not known")
    if component == GENERAL:
        return _("for all components")
    known = next((each for each in phase.components if each.code == component), None) if phase else None
    return component_name(known) if known else f"{_('Component')} {component}"


def headcount(count: Headcount | None) -> str:
    """`24, of them 9 women`, `at least 30`, `about 40, women not known`."""
    if count is None:
        return _("not known")
    number = formats.number(count.total)
    total = {"exact": "%s", "at-least": _("at least %s"), "estimated": _("about %s")}[count.precision] % number
    if count.women is None:
        return _("%s; how many women is not known") % total
    women = ngettext("%(num)d woman", "%(num)d women", count.women) % {"num": count.women}
    return _("%(total)s, of them %(women)s") % {"total": total, "women": women}


def place(known: Place | None) -> str:
    if known is None:
        return ""
    return text(known.name) + (f", {formats.country(known.country)}" if known.country else "")


def country(code: str | None) -> str | None:
    """A country's name; nothing where it is not known."""
    return formats.country(code) if code else None


def named(organisation: Organisation) -> str:
    """`State Border Service (SBS)`."""
    short = text(organisation.short_name)
    return f"{text(organisation.name)} ({short})" if short else text(organisation.name)


def source_name(address: str) -> str:
    """The address of a source as it is read: without its scheme, and not longer than a line."""
    bare = address.split("://", 1)[-1].removeprefix("www.")
    return bare if len(bare) <= 60 else f"{bare[:59]}…"
