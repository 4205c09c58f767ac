"""What the registry refuses, each with its sentence: the docstring says what is wrong, the detail with what."""

from shared.errors import DomainError, NotFound


class ProgrammeNotFound(NotFound):
    """There is no programme of this code."""

    slug = "programme-not-found"


class OrganisationNotFound(NotFound):
    """There is no such organisation."""

    slug = "organisation-not-found"


class ActivityNotFound(NotFound):
    """There is no such activity, or it is not for you to see."""

    slug = "activity-not-found"


class RegistrationNotFound(NotFound):
    """There is no such registration."""

    slug = "registration-not-found"


class PersonNotFound(NotFound):
    """There is no such person; perhaps they were erased."""

    slug = "person-not-found"


class UnknownProgramme(DomainError):
    """The programme is not defined: define it, or choose one that is."""

    slug = "unknown-programme"


class UnknownPhase(DomainError):
    """The programme has no such phase: choose one of its phases, or define the phase first."""

    slug = "unknown-phase"


class UnknownComponent(DomainError):
    """The phase has no such component: choose one of its components, `general`, or leave it empty when unknown."""

    slug = "unknown-component"


class UnknownOrganisation(DomainError):
    """The programme has no organisation of this id: leave the id out, or add the organisation first."""

    slug = "unknown-organisation"


class NoDefinition(DomainError):
    """This is no definition of a programme: mend the fields that are named, then give it again."""

    slug = "no-definition"


class PartInUse(DomainError):
    """Activities hang on a phase or component that would disappear: move them first."""

    status = 409
    slug = "part-in-use"


class CodeTaken(DomainError):
    """Another activity of the programme has this code: choose another."""

    status = 409
    slug = "code-taken"


class EndsBeforeItStarts(DomainError):
    """An activity cannot end before it starts: correct one of the two dates."""

    slug = "ends-before-it-starts"


class CountryNamedTwice(DomainError):
    """An activity counts once in each beneficiary country: name each country once."""

    slug = "country-named-twice"


class ActivityAlreadyHeld(DomainError):
    """What has taken place can be corrected, not cancelled or moved."""

    status = 409
    slug = "activity-already-held"


class ActivityCancelled(DomainError):
    """The activity is cancelled: reinstate it first."""

    status = 409
    slug = "activity-cancelled"


class ActivityMerged(DomainError):
    """The activity was merged into another one: change that one, or undo the merge first."""

    status = 409
    slug = "activity-merged"


class ActivityStillAhead(DomainError):
    """An activity cannot be completed before its last day has come."""

    status = 409
    slug = "activity-still-ahead"


class NothingToReinstate(DomainError):
    """Only what was cancelled, completed by mistake or merged can be put back."""

    status = 409
    slug = "nothing-to-reinstate"


class ChangedByRescheduling(DomainError):
    """Reschedule an activity that is still to come to change its days or place: those who take part are told."""

    status = 409
    slug = "changed-by-rescheduling"


class HeadcountBeforeHeld(DomainError):
    """Heads are counted when the activity was held: complete it with its headcount."""

    slug = "headcount-before-held"


class CannotMerge(DomainError):
    """These two activities cannot be merged."""

    status = 409
    slug = "cannot-merge"


class ActivityProtected(DomainError):
    """A protected activity keeps numbers and no names: give it a headcount when it is completed."""

    status = 409
    slug = "activity-protected"


class NamesAreKept(DomainError):
    """The activity holds names: it can be protected only while nobody is registered by name."""

    status = 409
    slug = "names-are-kept"


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


class PersonAmbiguous(DomainError):
    """Several persons have this name, organisation and country: give the e-mail address of the one you mean."""

    status = 409
    slug = "person-ambiguous"


class AddressTaken(DomainError):
    """Another person of the programme has this e-mail address: correct it, or leave it empty if they share one."""

    status = 409
    slug = "address-taken"


class RowsRefused(DomainError):
    """Some rows cannot be accepted, so none was: correct those named, and send all again.

    Attributes:
        rows: the number of each refused row, counted from 0, with what is wrong in it.
    """

    slug = "rows-refused"

    def __init__(self, rows: list[tuple[int, DomainError]]) -> None:
        numbers = ", ".join(str(number + 1) for number, _ in rows)
        super().__init__(f"Nothing was written because of row {numbers}.")
        self.rows = rows


class KeyReused(DomainError):
    """The Idempotency-Key was used for another request: take a new key for a new request."""

    slug = "idempotency-key-reused"
