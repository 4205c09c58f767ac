"""What is refused about a programme."""

from shared.errors import DomainError, NotFound


class ProgrammeNotFound(NotFound):
    """There is no programme of this code."""

    slug = "programme-not-found"


class UnknownProgramme(DomainError):
    """The programme is not defined: define it, or choose one that is."""

    slug = "unknown-programme"


class UnknownPhase(DomainError):
    """The programme has no such phase: choose one of its phases, or define the phase first."""

    slug = "unknown-phase"


class UnknownComponent(DomainError):
    """The phase has no such component: choose one of its components, `general`, or leave it empty when unknown."""

    slug = "unknown-component"


class YearOutOfBounds(DomainError):
    """The date lies outside the years of the programme: correct the year, or the dates of the programme's phases."""

    slug = "year-out-of-bounds"


class NoDefinition(DomainError):
    """This is not a valid programme definition: correct the fields named and send it again."""

    slug = "no-definition"


class PartInUse(DomainError):
    """Activities belong to a phase or component that would disappear: move them first."""

    status = 409
    slug = "part-in-use"
