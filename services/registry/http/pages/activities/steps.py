"""What becomes of an activity, step by step. The page of a step says first how many people will be told by mail, so
that no mail goes out unexpectedly.
"""

from typing import Any

from fastapi import APIRouter, Request

from services.registry import contracts as public
from services.registry.http.pages.activities.fields import (
    DAYS,
    choices,
    days_of,
    headcount_fields,
    headcount_of,
    place_fields,
    place_of,
    values_of,
)
from services.registry.http.pages.frame import address_of
from services.registry.http.pages.steps import Pages, add_steps
from services.registry.models import Activity
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.alike import records_alike
from services.registry.usecases.activities.audience import NOBODY, audience_of, is_told_of
from services.registry.usecases.activities.merge import Merge
from services.registry.usecases.activities.steps import (
    CANCEL,
    COMPLETE,
    MERGE,
    REINSTATE,
    RESCHEDULE,
    STEPS,
    Completion,
    NewSchedule,
)
from services.registry.usecases.steps import Step
from shared.database import Session
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

TELLING = (RESCHEDULE, CANCEL, REINSTATE)
"""The steps that those who are registered are written to about."""


def _new_schedule(form: Form) -> NewSchedule:
    place = place_of(form, form.value("place.country"))
    days = days_of(form, form.value("time_zone") or None)
    left_out = {*DAYS, *place_fields(form), "seen_version"}
    return form.parse(NewSchedule, leave_out=left_out, place=place, **days)


def _completion(form: Form) -> Completion:
    return form.parse(Completion, leave_out=[*headcount_fields(form), "seen_version"], headcount=headcount_of(form))


def _merge(form: Form) -> Merge:
    """The other record is named by its address, as it is copied from a browser, or by its id alone."""
    other = form.value("into").partition("?")[0].rstrip("/").rpartition("/")[2]
    return form.parse(Merge, leave_out={"seen_version"}, into=other or None)


async def _context(request: Request, session: Session, actor: Actor, activity: Activity, step: Step) -> dict[str, Any]:
    told = step is RESCHEDULE or is_told_of(activity, clock_of(request).now())
    telling = step in TELLING and told and activity.status != "held"
    return {
        "audience": await audience_of(session, activity.id) if telling else NOBODY,
        "offered": await choices(session, actor, public.activity(activity)),
        "records": await records_alike(session, activity, actor=actor) if step is MERGE else (),
    }


add_steps(
    router,
    Pages(
        ACTIVITY,
        STEPS,
        page=address_of,
        back=lambda activity: address_of(activity.id),
        values_of=values_of,
        read={RESCHEDULE.name: _new_schedule, COMPLETE.name: _completion, MERGE.name: _merge},
        context=_context,
    ),
)
