"""Which mails an actor sees and decides on: those of their programmes, and of a coordinator those to their countries.

A viewer sees none, and no number of them: a mail is a row of one person, so many mails about an activity are so many
people, and of people viewers read figures. So the numbers that an actor sees are the numbers that they release.

A mail is about a registration: a coordinator decides on those of their countries, and on all about an activity that is
theirs alone, as the registry has it. What is not known here, a country that was never told, is not theirs.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from services.notifications.deliveries.delivery import Delivery
from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.registration import RegistrationVersion
from shared.contracts.access import Grant
from shared.identity import Actor


def decides_on(actor: Actor) -> ColumnElement[bool]:
    """The mails that an actor is shown and counted, reads with names, releases and cancels."""
    return or_(false(), *(_decides_by(grant) for grant in actor.grants))


def _decides_by(grant: Grant) -> ColumnElement[bool]:
    if grant.role in ("editor", "admin"):
        return _of_programme(grant)
    if grant.role == "viewer":
        return false()
    theirs = or_(_COUNTRY.in_(grant.countries), _is_theirs_alone(grant.countries))
    return and_(_of_programme(grant), theirs)


def _of_programme(grant: Grant) -> ColumnElement[bool]:
    return true() if grant.programme is None else col(Delivery.programme) == grant.programme


def _is_theirs_alone(countries: tuple[str, ...]) -> ColumnElement[bool]:
    within: ColumnElement[bool] = _COUNTRIES.op("<@")(literal(list(countries), JSONB))
    return and_(func.jsonb_array_length(_COUNTRIES) > 0, within)


def newest_of(kind: Any, key: Any, column: Any) -> Any:
    """What the newest version of a fact says; read once for each row that is shown, not once for each version."""
    newest = select(column).where(kind.id == key).order_by(kind.version.desc()).limit(1)
    return newest.correlate(Delivery).scalar_subquery()


_COUNTRIES = newest_of(ActivityVersion, Delivery.activity_id, col(ActivityVersion.state)["beneficiary_countries"])
_COUNTRY = newest_of(RegistrationVersion, Delivery.subject, RegistrationVersion.country)
