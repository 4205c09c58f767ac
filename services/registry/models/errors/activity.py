"""What is refused about an activity."""

from shared.errors import DomainError, NotFound


class ActivityNotFound(NotFound):
    """There is no such activity, or it is not for you to see."""

    slug = "activity-not-found"


class CodeTaken(DomainError):
    """Another activity of the programme has this code: choose another."""

    status = 409
    slug = "code-taken"


class EndsBeforeItStarts(DomainError):
    """An activity cannot end before it starts: correct one of the two dates."""

    slug = "ends-before-it-starts"


class NotATimeZone(DomainError):
    """This name of a time zone does not mean the same on each machine: write one like Asia/Bishkek."""

    slug = "not-a-time-zone"


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


class PeopleMayKnow(DomainError):
    """People were registered for it and may have been told: cancel it instead, so that they hear of it."""

    status = 409
    slug = "people-may-know"


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


class NamesAreKept(DomainError):
    """The activity holds names: it can be protected only while nobody is registered by name."""

    status = 409
    slug = "names-are-kept"


class WomenWithoutTotal(DomainError):
    """The number of women is given and not the number of all: give both, or leave both blank."""

    slug = "women-without-total"
