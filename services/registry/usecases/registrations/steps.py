"""The life of a registration, besides registering and attendance, which have files of their own."""

from datetime import datetime

from services.registry.models import Registration
from services.registry.models.errors.registration import AlreadyAttended, RegistrationErased
from services.registry.usecases.steps import Nothing, Step, by_rule
from shared.web.language import lazy


def _withdraw(registration: Registration, _: Nothing, at: datetime) -> bool:
    registration.refuse_if_erased()
    return registration.withdraw(at)


WITHDRAW = Step(
    "withdraw",
    Nothing,
    by_rule(Registration, "participant-withdrawn", _withdraw),
    (AlreadyAttended, RegistrationErased),
    "Withdraw a registration",
    lazy("The person has withdrawn."),
)

STEPS = (WITHDRAW,)
