"""The people of an activity as a list of its own: filtered, sorted, printed and saved, with their names."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.frame import address_of, show, transaction
from services.registry.models import Programme, Registration, existing
from services.registry.usecases.registrations.find import REGISTRATIONS, RegistrationFilter
from services.registry.usecases.registrations.list import Participation
from services.registry.usecases.rights import with_people
from services.registry.words import vocabulary as words
from shared.exports import FileKind
from shared.web import formats
from shared.web.identity import Coordinator
from shared.web.language import _, lazy
from shared.web.lists import Column, ListPage, exported, listed
from shared.web.security_log import noted

router = APIRouter(include_in_schema=False)


def _name(row: Participation) -> str:
    return row.person.name if row.person else _("erased")


def _organisation(row: Participation) -> str | None:
    return row.registration.organisation.name if row.registration.organisation else None


def _status(row: Participation) -> tuple[str, str]:
    status = row.registration.status
    return words.registration_statuses()[status], words.STATUS_LOOKS.get(status, "neutral")


def _days(row: Participation) -> str:
    return ", ".join(formats.day_short(day) for day in row.registration.days_attended) or "–"


def _page_of(registration: Registration) -> str:
    return f"/registry/registrations/{registration.id}"


LIST: ListPage[Participation] = ListPage(
    listing=REGISTRATIONS,
    filters=RegistrationFilter,
    columns=(
        Column(lazy("Name"), _name, look="title", order="name", link=lambda row: _page_of(row.registration)),
        Column(lazy("Organisation"), _organisation),
        Column(lazy("Country"), lambda row: words.country(row.registration.country), order="country"),
        Column(lazy("Role"), lambda row: words.roles()[row.registration.role]),
        Column(lazy("Status"), _status, look="badge", order="status"),
        Column(lazy("Days"), _days),
    ),
    file=(
        (lazy("Name"), lambda row: row.person.name if row.person else None),
        (lazy("E-mail address"), lambda row: row.person.email if row.person else None),
        (lazy("Telephone"), lambda row: row.person.phone if row.person else None),
        (lazy("Organisation"), _organisation),
        (lazy("Country"), lambda row: words.country(row.registration.country)),
        (lazy("Gender"), lambda row: words.genders()[row.registration.gender]),
        (lazy("Role"), lambda row: words.roles()[row.registration.role]),
        (lazy("Status"), lambda row: words.registration_statuses()[row.registration.status]),
        (lazy("Days attended"), lambda row: "; ".join(day.isoformat() for day in row.registration.days_attended)),
    ),
)


@router.get("/activities/{activity_id}/registrations", dependencies=[noted("people-read")])
async def people_list(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        programme = await existing(session, Programme, activity.programme, actor=actor)
    found = await listed(
        request, actor, LIST, address=f"{address_of(activity_id)}/registrations", activity_id=activity_id
    )
    return show(
        request,
        "participants/people.html",
        actor=actor,
        status=found.chosen.status,
        list=found,
        activity=activity,
        choices={
            "status": list(words.registration_statuses().items()),
            "role": list(words.roles().items()),
            "gender": list(words.genders().items()),
            "country": [(code, formats.country(code)) for code in programme.countries],
        },
    )


@router.get("/activities/{activity_id}/registrations.{kind}", dependencies=[noted("people-exported")])
async def people_file(request: Request, activity_id: UUID, actor: Coordinator, kind: FileKind) -> Response:
    """A file with names leaves the house: who took it is in the security log."""
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
    return await exported(request, actor, LIST, kind, name=f"{activity.code}-people", activity_id=activity_id)
