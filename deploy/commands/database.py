"""The databases of the installation this command runs beside."""

from typing import TYPE_CHECKING

from deploy.local.home import as_service

if TYPE_CHECKING:
    from shared.database import Database
    from shared.settings import ServiceName


def database_here(service: "ServiceName") -> "Database":
    """A service's own database; whoever asks for it closes it."""
    from shared.database import Database
    from shared.settings import ServiceSettings, load

    with as_service(service):
        return Database(load(ServiceSettings, service).database_url.get_secret_value())
