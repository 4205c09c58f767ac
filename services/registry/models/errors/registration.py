"""What is refused about a registration."""

from shared.errors import DomainError, NotFound


class RegistrationNotFound(NotFound):
    """There is no such registration."""

    slug = "registration-not-found"


class RegisteringOnCancelledActivity(DomainError):
    """Nobody can be registered for a cancelled activity: reinstate it first."""

    status = 409
    slug = "registering-on-cancelled-activity"


class RegisteringOnProtectedActivity(DomainError):
    """Nobody is registered by name for a protected activity: give it a headcount when it is completed."""

    status = 409
    slug = "registering-on-protected-activity"


class AlreadyRegistered(DomainError):
    """This person is already registered for the activity."""

    status = 409
    slug = "already-registered"


class AlreadyAttended(DomainError):
    """Who has attended cannot withdraw: correct the attendance first."""

    status = 409
    slug = "already-attended"


class RegistrationWithdrawn(DomainError):
    """The person has withdrawn: register them again first."""

    status = 409
    slug = "registration-withdrawn"


class RegistrationErased(DomainError):
    """Whose registration this was is no longer known: it can be counted, not changed."""

    status = 409
    slug = "registration-erased"


class DayOutsideActivity(DomainError):
    """Attendance is marked on the days of the activity."""

    slug = "day-outside-activity"


class DayStillAhead(DomainError):
    """Attendance cannot be marked before the day has come."""

    slug = "day-still-ahead"


class AlreadyTakenOut(DomainError):
    """The registration is taken out already."""

    status = 409
    slug = "already-taken-out"


class NotTakenOut(DomainError):
    """The registration was not taken out: there is nothing to put back."""

    status = 409
    slug = "not-taken-out"
