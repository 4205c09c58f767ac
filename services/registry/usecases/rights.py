"""Who may change what: asked in each use case, beside `locked`, with the programme and the countries it concerns.

What an actor may not see is not found: `existing` and `locked` look after that. Here it is seen, and the question is
whether it may be changed.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, false, func, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import and_, col, or_, select

from services.registry.models import Activity, Aggregate, Person, Registration, existing
from services.registry.models.base import programme_of
from shared.database import Session
from shared.identity import Actor, NotAllowed, Role


def allow(actor: Actor, needed: Role, *, programme: str | None, countries: Collection[str | None] = ()) -> None:
    """Raises: NotAllowed, unless the actor has the role for that."""
    if not actor.may(needed, programme=programme, countries=countries):
        about = f" for {', '.join(sorted(filter(None, countries)))}" if any(countries) else ""
        raise NotAllowed(f"This needs the role {needed} in {programme}{about}.")


async def allow_change(session: Session, actor: Actor, one: Aggregate) -> None:
    """Raises: NotAllowed, unless the actor is an editor of what the aggregate concerns."""
    allow(actor, "editor", programme=programme_of(one), countries=one.concerns())


async def allow_registration(session: Session, actor: Actor, registration: Registration) -> None:
    """A coordinator works on registrations of their countries, and on all of an activity that is theirs alone.

    Raises: NotAllowed
    """
    if not actor.may("editor", programme=registration.programme, countries=registration.concerns()):
        activity = await session.get_one(Activity, registration.activity_id)
        await allow_change(session, actor, activity)


async def allow_step(session: Session, actor: Actor, one: Aggregate) -> None:
    """Who may take a step with something may see what the step asks. Raises: NotAllowed"""
    if isinstance(one, Registration):
        await allow_registration(session, actor, one)
    else:
        await allow_change(session, actor, one)


async def with_people(session: Session, activity_id: UUID, *, actor: Actor) -> Activity:
    """An activity, for who works with all or some of its people.

    Raises:
        ActivityNotFound, NotAllowed: a role in another programme is none here.
    """
    activity = await existing(session, Activity, activity_id, actor=actor)
    allow(actor, "coordinator", programme=activity.programme)
    return activity


async def allow_country(session: Session, actor: Actor, registration: Registration, country: str | None) -> None:
    """A coordinator gives no registration to a country that is not theirs. Raises: NotAllowed"""
    if not actor.may("editor", programme=registration.programme, countries=(country,)):
        activity = await session.get_one(Activity, registration.activity_id)
        await allow_change(session, actor, activity)


async def allow_person(session: Session, actor: Actor, person: Person) -> None:
    """A person may be corrected, and seen by name, by who may work on one of their registrations.

    Raises: NotAllowed
    """
    if not actor.may("editor", programme=person.programme):
        within = select(Registration.id).where(Registration.person_id == person.id, registrations_within(actor))
        if (await session.exec(within.limit(1))).one_or_none() is None:
            raise NotAllowed("This needs the role editor, or a registration of the person in a country of yours.")


def knows_names(actor: Actor, activity: Activity, registration: Registration) -> bool:
    """Whether an actor may see who is registered."""
    programme = activity.programme
    return actor.may("editor", programme=programme, countries=activity.concerns()) or actor.may(
        "editor", programme=programme, countries=registration.concerns()
    )


def of_programmes(actor: Actor, programme: Any) -> Iterable[ColumnElement[bool]]:
    """The rows of the programmes that an actor may see, by the column that names a row's programme."""
    return () if actor.programmes is None else (col(programme).in_(actor.programmes),)


async def allow_history(session: Session, actor: Actor, one: Aggregate) -> None:
    """Who may see a thing may see what happened to it; to a registration, only who works on it. Raises: NotAllowed"""
    if isinstance(one, Registration):
        await allow_registration(session, actor, one)


def registrations_within(actor: Actor) -> ColumnElement[bool]:
    """The registrations of which an actor may see the names: the same as `knows_names`, for a query."""
    conditions: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        there = true() if grant.programme is None else col(Registration.programme) == grant.programme
        if grant.role in ("editor", "admin"):
            conditions.append(there)
        elif grant.role == "coordinator":
            countries = list(grant.countries)
            theirs = col(Activity.beneficiary_countries)
            alone = and_(theirs.op("<@")(cast(countries, ARRAY(Text))), func.cardinality(theirs) > 0)
            of_theirs = col(Registration.activity_id).in_(select(Activity.id).where(alone))
            conditions.append(and_(there, or_(col(Registration.country).in_(countries), of_theirs)))
    return or_(*conditions) if conditions else false()
