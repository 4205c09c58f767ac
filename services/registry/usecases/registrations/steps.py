"""The life of a registration, besides registering and attendance, which have files of their own."""

from datetime import datetime

from services.registry.journal import record
from services.registry.models import Registration
from services.registry.models.errors.activity import ActivityMerged
from services.registry.models.errors.registration import (
    AlreadyAttended,
    AlreadyRegistered,
    AlreadyTakenOut,
    NotTakenOut,
    RegisteringOnCancelledActivity,
    RegisteringOnProtectedActivity,
    RegistrationErased,
    RegistrationWithdrawn,
)
from services.registry.usecases.registrations.attendance import activity_and_registration
from services.registry.usecases.rights import allow_registration
from services.registry.usecases.steps import Nothing, Step, Taking, by_rule
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor
from shared.web.language import lazy


def _withdraw(registration: Registration, _: Nothing, at: datetime) -> bool:
    registration.refuse_if_erased()
    return registration.withdraw(at)


WITHDRAW = Step(
    "withdraw",
    Nothing,
    by_rule(Registration, "participant-withdrawn", _withdraw, allow_registration),
    (AlreadyAttended, RegistrationErased),
    "Withdraw a registration",
    lazy("The person has withdrawn."),
)


async def _register(session: Session, command: Taking[Nothing], /, *, actor: Actor, clock: Clock) -> Registration:
    """Accept somebody who was nominated, or take back somebody who had withdrawn."""
    activity, registration = await activity_and_registration(session, command.key, command.seen_version, actor=actor)
    activity.refuse_registrations_if_closed()
    registration.refuse_if_erased()
    registration.register(registration, clock.now())
    await record(session, "participant-registered", registration, actor=actor)
    return registration


REGISTER = Step(
    "register",
    Nothing,
    _register,
    (
        AlreadyRegistered,
        RegistrationErased,
        RegisteringOnCancelledActivity,
        RegisteringOnProtectedActivity,
        ActivityMerged,
    ),
    "Register a nominated person, or one who had withdrawn",
    lazy("The person is registered."),
    "A person with an address is sent a confirmation, if the activity is still to come.",
)


def _take_out(registration: Registration, _: Nothing, at: datetime) -> None:
    registration.refuse_if_erased()
    registration.take_out(at)


def _put_back(registration: Registration, _: Nothing, at: datetime) -> None:
    registration.refuse_if_erased()
    registration.put_back(at)


TAKE_OUT = Step(
    "take-out",
    Nothing,
    by_rule(Registration, "participant-withdrawn", _take_out, allow_registration),
    (AlreadyTakenOut, RegistrationErased, RegistrationWithdrawn),
    "Take out a registration that was entered by mistake",
    lazy("The registration is taken out: it stands in no list and counts nowhere. It can be put back here."),
    "A person who was told nothing is told nothing; one who has a confirmation is told that they are not registered. "
    "Subscribers hear of it as withdrawn, and `entered_by_mistake`.",
)
PUT_BACK = Step(
    "put-back",
    Nothing,
    by_rule(Registration, "participant-updated", _put_back, allow_registration),
    (NotTakenOut, RegistrationErased),
    "Put back a registration that was taken out",
    lazy("The registration is put back as it was."),
)

STEPS = (REGISTER, WITHDRAW, TAKE_OUT, PUT_BACK)
