"""The databases of the installation this command runs beside, and the secret of its person keys."""

from typing import TYPE_CHECKING

from deploy.local.home import as_service

if TYPE_CHECKING:
    from services.registry.models import PersonKeys
    from shared.database import Database
    from shared.settings import ServiceName


def database_here(service: "ServiceName") -> "Database":
    """A service's own database, for work that may take long: somebody watches a command, and can end it.

    The caller closes it.
    """
    from shared.database import Database
    from shared.database.deadlines import LONG_WORK_WITHIN, wait_at_most
    from shared.settings import ServiceSettings, load

    wait_at_most(LONG_WORK_WITHIN)
    with as_service(service):
        return Database(load(ServiceSettings, service).database_url.get_secret_value())


def person_keys_here() -> "PersonKeys":
    """Those of the registry that this command runs beside."""
    from services.registry.settings import RegistrySettings
    from shared.settings import load

    with as_service("registry"):
        return load(RegistrySettings, "registry").person_keys()
