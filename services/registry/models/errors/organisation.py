"""What is refused about an organisation."""

from shared.errors import DomainError, NotFound


class OrganisationNotFound(NotFound):
    """There is no such organisation."""

    slug = "organisation-not-found"


class UnknownOrganisation(DomainError):
    """The programme has no organisation of this id: leave the id out, or add the organisation first."""

    slug = "unknown-organisation"
