"""An activity: all that is known of it in words, who takes part, what happened to it, and what can be done now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.frame import (
    show,
    transaction,
)
from services.registry.http.pages.history import history_of
from services.registry.models import Activity, Programme, Registration, existing
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.find import kept_as, merged_into
from services.registry.usecases.outputs.find import outputs_of
from services.registry.usecases.registrations.list import by_name, list_registrations
from services.registry.usecases.rights import knows_names
from services.registry.words.vocabulary import country
from shared.spelling import sortable
from shared.web.identity import Viewer
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

_PEOPLE = 1000


@router.get("/activities/{activity_id}")
async def activity_page(request: Request, activity_id: UUID, actor: Viewer) -> Response:
    async with transaction(request) as session:
        activity = await existing(session, Activity, activity_id, actor=actor)
        programme = await existing(session, Programme, activity.programme, actor=actor)
        people = await list_registrations(session, activity_id, limit=_PEOPLE)
        happened = await history_of(session, ACTIVITY, activity_id, actor)
        merged = await merged_into(session, activity)
        outputs = await outputs_of(session, activity_id)
        kept = await kept_as(session, activity)
    return show(
        request,
        "activities/one.html",
        actor=actor,
        activity=activity,
        programme=programme,
        people=[each for each in sorted(people, key=by_name) if knows_names(actor, activity, each.registration)],
        edits=actor.may("editor", programme=activity.programme, countries=activity.concerns()),
        numbers=_numbers([each.registration for each in people]),
        happened=happened,
        merged=merged,
        kept=kept,
        outputs=outputs,
        ahead=is_ahead(activity, clock_of(request).now()),
    )


@dataclass(frozen=True)
class Numbers:
    """How many take part, without names: by status, by gender, by country. Who has withdrawn or did not come takes no
    part."""

    by_status: Mapping[str, int]
    by_gender: Mapping[str, int]
    by_country: Mapping[str | None, int]
    told: int
    """Who may have been told of it: all but those who were only nominated."""


def _numbers(registrations: Sequence[Registration]) -> Numbers:
    taking_part = [each for each in registrations if each.status not in ("withdrawn", "absent")]
    by_country = Counter(each.country for each in taking_part)
    return Numbers(
        Counter(each.status for each in registrations),
        Counter(each.gender for each in taking_part),
        dict(sorted(by_country.items(), key=lambda pair: _place_of(*pair))),
        sum(each.status != "nominated" for each in registrations),
    )


def _place_of(code: str | None, many: int) -> tuple[bool, int, str]:
    """The most first, then by name; the unknown last."""
    return (code is None, -many, sortable(country(code) or ""))


def is_ahead(activity: Activity, at: datetime) -> bool:
    """Whether its last day has not come, so that nobody can say yet that it was held."""
    last = activity.ends or activity.starts
    return last is not None and last.earliest is not None and last.earliest > activity.today(at)
