"""What a row of a list makes of what is recorded: a new activity, or the steps from the recorded one to what it says.

A blank cell says nothing, so it takes nothing away that is known. Each step is a rule of the activity that the other
use cases apply as well; an import may do nothing that a person could not do one by one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.models import Activity, ActivityBase, ActivityState, Programme
from services.registry.models.base import Line
from services.registry.models.countries import KnownHeadcount
from services.registry.models.errors.activity import ActivityStillAhead, NamesAreKept
from services.registry.sheets.cells import in_language
from services.registry.sheets.errors import HeldBefore, MergedOnItsPage
from services.registry.sheets.likeness import Sighting, sighting
from services.registry.sheets.report import Match
from services.registry.usecases.activities.plan import as_recorded
from services.registry.usecases.activities.sheet import SHEET
from services.registry.usecases.imports.importable import Importable, fields_that_differ
from shared import contracts as public
from shared.contracts.activities import ActivityStatus, Headcount, Place
from shared.contracts.base import Code, OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate

NO_REASON = "No reason was given."
KIND_BLANK = "The kind is blank: it is recorded as “other”."
PERHAPS_AHEAD = "Its date may still lie ahead, and nothing says that it is planned: it is recorded as held."


class ListedActivity(ActivityBase):
    """An activity as a row tells of it, completed by what was recorded before."""

    code: Code
    status: ActivityStatus
    status_reason: Line | None = None
    headcount: KnownHeadcount | None = None


_FIELDS = frozenset(ListedActivity.model_fields)


def listed(
    given: Mapping[str, Any], code: str, recorded: ActivityState | None, programme: Programme, at: datetime
) -> ListedActivity:
    """What is to be known of an activity after the row: what it says, and what was known before where it says nothing.

    Raises:
        ValidationError: a value cannot be kept.
    """
    known = _known(recorded)
    data = known | {name: value for name, value in given.items() if name in _FIELDS}
    data["code"] = code
    for name in ("title", "description"):
        data[name] = known.get(name, {}) | given.get(name, {})
    if "phase" in given:
        data["phase"] = programme.phase_called(given["phase"])
    if "component" in given:
        data["component"] = programme.component_called(data["phase"], given["component"])
    data["kind"] = data.get("kind", "other")
    data["sources"] = with_sources(known.get("sources", ()), given.get("sources", ()))
    for name in ("co_organisers", "expert_organisations"):
        data[name] = _organisations(given[name], known.get(name, ())) if name in given else known.get(name, ())
    data["place"] = _place(given, known)
    data["status"] = _status(given, data, recorded, at)
    if data["status"] == "merged" and (recorded is None or recorded.status != "merged"):
        raise MergedOnItsPage(field="status")
    stays = recorded is not None and recorded.status == data["status"]
    data["headcount"] = _headcount(given, recorded) if data["status"] == "held" or stays else None
    counted = given.get("headcount")
    if counted is not None and data["status"] in ("planned", "confirmed") and "women" not in counted:
        data["expected"] = counted["total"]  # of what is still to come, a number of people is what is expected
    elif counted is not None and data["status"] != "held" and not stays:
        data["headcount"] = counted  # the rules say what is wrong with it
    return ListedActivity.model_validate(data)


def remarks_on(
    given: Mapping[str, Any], listed: ListedActivity, recorded: ActivityState | None, at: datetime
) -> list[str]:
    """What was decided about a row that says too little."""
    said = []
    if recorded is None and "kind" not in given:
        said.append(KIND_BLANK)
    last = listed.ends or listed.starts
    open_end = last is not None and (last.latest is None or last.latest > _today(listed.time_zone, at))
    if recorded is None and "status" not in given and listed.status == "held" and open_end:
        said.append(PERHAPS_AHEAD)
    return said


def created(programme: Programme, listed: ListedActivity, at: datetime) -> ActivityState:
    """The new activity, in the state that the row tells of.

    Raises:
        What `record_activity` does.
    """
    activity = ActivityState.planned(programme, listed.code, listed, at)
    if listed.status in ("planned", "confirmed", "held"):
        return as_recorded(activity, listed.status, listed.headcount, at)
    as_recorded(activity, "planned", listed.headcount, at)
    activity.cancel(listed.status_reason or NO_REASON, at)
    activity.version = 1
    return activity


def differences(recorded: ActivityState, listed: ListedActivity) -> dict[str, tuple[Any, Any]]:
    """Field → what is recorded, and what the row makes of it."""
    return fields_that_differ(recorded, listed, [*ActivityBase.model_fields, "headcount", "status"])


def steps(activity: ActivityState, programme: Programme, listed: ListedActivity, at: datetime) -> Iterator[str]:
    """Lead an activity to what the row says, step by step; after each, the type of the event that tells of it.

    What the list says was held is completed first where that can be: nobody is written to about new days of what is
    over.

    Raises:
        ActivityAlreadyHeld, ActivityCancelled, ActivityMerged, HeldBefore: it cannot become what the row says.
        What `update_activity` raises about fields.
    """
    if activity.status == "held" and listed.status in ("planned", "confirmed"):
        raise HeldBefore(field="status")
    if listed.status == "held" and activity.status in ("planned", "confirmed"):
        with suppress(ActivityStillAhead):
            activity.complete(listed.headcount, at)
            yield "activity-completed"
    if activity.status in ("planned", "confirmed") and activity.reschedule(programme, listed, None, at):
        yield "activity-rescheduled"
    later = activity.status != "held" and listed.status == "held"  # heads are counted by completing it
    if activity.update(programme, activity.code, listed, None if later else listed.headcount, at):
        yield "activity-updated"
    if activity.status == listed.status:
        return
    if listed.status == "held":
        activity.complete(listed.headcount, at)
        yield "activity-completed"
    elif listed.status == "cancelled":
        activity.cancel(listed.status_reason or NO_REASON, at)
        yield "activity-cancelled"
    elif listed.status == "confirmed":
        activity.confirm(at)
        yield "activity-updated"


def with_sources(known: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """What was known and what the row adds; other spaces between words make no other source."""
    found: dict[str, str] = {}
    for each in (*known, *given):
        found.setdefault(" ".join(each.split()), each)
    return tuple(found.values())


def _known(recorded: ActivityState | None) -> dict[str, Any]:
    return {} if recorded is None else {name: getattr(recorded, name) for name in ActivityBase.model_fields}


def _organisations(
    names: tuple[str, ...], known: tuple[OrganisationReference, ...]
) -> tuple[OrganisationReference, ...]:
    """The organisations a row names; one that is linked to its record stays linked."""
    linked = {reference.name: reference for reference in known}
    return tuple(linked.get(name) or _by_name(name) for name in names)


@lru_cache(4096)
def _by_name(name: str) -> OrganisationReference:
    return OrganisationReference(name=name)  # a list names the same few organisations again and again


def _place(given: Mapping[str, Any], known: Mapping[str, Any]) -> Place | None:
    """The city in the host country. The same city keeps its other names, and its country while the host stays."""
    city, host = given.get("city"), given.get("host_country")
    place: Place | None = known.get("place")
    if city is None:
        return place
    name = in_language(city)
    if place is not None and city in place.name.values():
        if host in (None, known.get("host_country")):
            return place
        name = place.name
    country = host or (place.country if place else None) or known.get("host_country")
    return Place(name=name, country=country)


def _headcount(given: Mapping[str, Any], recorded: ActivityState | None) -> Headcount | Mapping[str, Any] | None:
    """What the row counts; the parts by gender and country that were known stay while the total does."""
    known = recorded.headcount if recorded else None
    counted: Mapping[str, Any] | None = given.get("headcount")
    if counted is None:
        return known
    if known is not None and known.total == counted["total"]:
        return {**known.model_dump(), **counted}
    return counted


def _status(given: Mapping[str, Any], data: Mapping[str, Any], recorded: ActivityState | None, at: datetime) -> str:
    """What the row says; else held, unless its date lies in the future."""
    said: str | None = given.get("status")
    now = recorded.status if recorded else None
    if now == "confirmed" and said == "planned":
        return now  # to plan it is less than to confirm it, not the opposite
    if said is not None:
        return said
    if now in ("held", "cancelled", "merged"):
        return now
    last: FuzzyDate | None = data.get("ends") or data.get("starts")
    if recorded is not None and not given.keys() & {"starts", "ends"}:
        return recorded.status
    if last is not None and last.earliest is not None and last.earliest > _today(data.get("time_zone"), at):
        return now or "planned"
    return "held"


def _today(time_zone: str | None, at: datetime) -> Any:
    try:
        return at.astimezone(ZoneInfo(time_zone) if time_zone else UTC).date()
    except (ValueError, OSError):  # no such zone: validation says so
        return at.date()


def _read(row: str) -> ActivityState:
    """A row of the table; what is derived from the days is derived again when needed."""
    fields = {name: value for name, value in json.loads(row).items() if name not in ("day", "earliest", "latest")}
    return ActivityState.model_validate(fields)


def _refuse(recorded: ActivityState, listed: ListedActivity, named: int) -> None:
    """Raises: NamesAreKept."""
    if listed.protected and not recorded.protected and named:
        raise NamesAreKept(f"{named} persons are registered by name: erase them first.", field="protected")


def _sighting(key: Any, activity: ActivityState) -> Sighting[Any]:
    countries = (activity.host_country, *activity.beneficiary_countries)
    return sighting(
        key,
        titles=activity.title.values(),
        kind=activity.kind,
        countries=countries,
        starts=activity.starts,
        ends=activity.ends,
    )


def _match(activity: ActivityState) -> Match:
    """An activity as something that a row may resemble; how much, is found out later."""
    starts = str(activity.starts) if activity.starts else None
    title = activity.title.get("en") or next(iter(activity.title.values()))
    return Match(likeness=0, code=activity.code, title=title, starts=starts, id=activity.id)


ACTIVITIES = Importable(
    sheet=SHEET,
    model=Activity,
    read=_read,
    codes_of=lambda activity: (activity.code,),
    prepare=lambda readings, states, activities: readings,
    among=lambda table, codes: table.c.code == any_(literal(list(codes), ARRAY(Text))),
    listed=listed,
    created=created,
    differences=differences,
    steps=steps,
    refuse=_refuse,
    remarks=remarks_on,
    sighting=_sighting,
    match=_match,
    counts=lambda table: table.c.status.in_(("planned", "confirmed", "held")),
    needed=("title", "phase"),
    may_move=lambda activity: activity.status in ("planned", "confirmed"),
    created_event="activity-created",
    topic=public.ACTIVITIES,
    telling=frozenset({"activity-rescheduled", "activity-cancelled"}),
    columns_of={
        "headcount": ("participants", "women"),
        "place": ("city", "host_country"),
        "title": ("title", "title_en", "title_ru"),
        "description": ("description", "description_en", "description_ru"),
    },
)
"""An activity to the import."""
