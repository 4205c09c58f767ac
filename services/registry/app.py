"""The registry, put together: a table of contents, and the only file where its parts meet."""

from services.registry.http import api, pages
from services.registry.purge import Purge
from services.registry.settings import RegistrySettings
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.clock import SystemClock
from shared.database import Database
from shared.identity.sessions import SessionSigner
from shared.service import Service
from shared.settings import load


def build(settings: RegistrySettings | None = None) -> Service:
    """The registry as its settings describe it; from the environment when none are given.

    Raises:
        WrongSettings: a setting is missing or wrong.
    """
    settings = settings or load(RegistrySettings, "registry")
    database = Database(settings.database_url.get_secret_value())
    bus = Bus(settings.kafka)
    return Service(
        settings=settings,
        database=database,
        http=[api.router, pages.router],
        runs=[Relay(bus, database, service="registry"), Purge(database, SystemClock())],
        without={"kafka": bus.ping},
        state={
            "person_keys": settings.person_keys(),
            "signer": SessionSigner(settings.session_private_key_file),
        },
    )
