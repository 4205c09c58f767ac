"""What is refused about accounts."""

from shared.errors import DomainError


class NoAdministratorLeft(DomainError):
    """This is the last administrator of all programmes: give another account that role first."""

    status = 409
    slug = "no-administrator-left"
