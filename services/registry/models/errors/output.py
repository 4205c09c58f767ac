"""What is refused about an output."""

from shared.errors import DomainError, NotFound


class OutputNotFound(NotFound):
    """There is no such output."""

    slug = "output-not-found"


class OutputCodeTaken(DomainError):
    """Another output of the programme has this code: choose another."""

    status = 409
    slug = "output-code-taken"


class OutputDropped(DomainError):
    """The output was dropped: take it up again first."""

    status = 409
    slug = "output-dropped"


class NotDropped(DomainError):
    """Only an output that was dropped can be taken up again."""

    status = 409
    slug = "not-dropped"


class AlreadyHandedOver(DomainError):
    """An output that was handed over cannot be dropped: remove the handover first, if it was a mistake."""

    status = 409
    slug = "already-handed-over"


class AlreadyDrafted(DomainError):
    """The output was drafted before: correct the day of its draft instead."""

    status = 409
    slug = "already-drafted"


class NobodyReceived(DomainError):
    """Say who received the output: an organisation, a country, or both."""

    slug = "nobody-received"


class StepStillAhead(DomainError):
    """A step cannot be recorded before its day has come: give the day on which it was done."""

    slug = "step-still-ahead"


class HandedOverBeforeDrafted(DomainError):
    """An output cannot be translated or handed over before it was drafted: correct one of the days."""

    slug = "handed-over-before-drafted"


class UnknownActivity(DomainError):
    """The programme has no activity of this id: choose one of its activities."""

    slug = "unknown-activity"
