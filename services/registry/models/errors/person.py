"""What is refused about a person."""

from shared.errors import DomainError, NotFound


class PersonNotFound(NotFound):
    """There is no such person; perhaps they were erased."""

    slug = "person-not-found"


class PersonAmbiguous(DomainError):
    """Several persons have this name, organisation and country: give the e-mail address of the one you mean."""

    status = 409
    slug = "person-ambiguous"


class AddressTaken(DomainError):
    """Another person of the programme has this e-mail address: correct it, or leave it empty if they share one."""

    status = 409
    slug = "address-taken"
