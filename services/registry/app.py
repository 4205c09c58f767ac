"""The registry, put together: a table of contents, and the only file where its parts meet."""

from services.registry.continuity import Continuity
from services.registry.feed.numbering import Numbering, Tail
from services.registry.http import STATIC, api, catalogue, feed, pages
from services.registry.http.feed.reader import Readers
from services.registry.purge import Purge
from services.registry.settings import RegistrySettings
from shared.apart import Apart
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.clock import SystemClock
from shared.database import Database
from shared.identity import access
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
    keys, signer = settings.person_keys(), SessionSigner(settings.session_private_key_file)
    continuity = Continuity(database, bus, keys, signer)
    relay = Relay(bus, database, service="registry", seals=access.seals(signer), begin=continuity.before_publishing)
    apart, tail = Apart(), Tail(database)
    return Service(
        settings=settings,
        database=database,
        http=[catalogue.router, feed.router, api.router, pages.router],
        static=STATIC,
        runs=[relay, Numbering(database), Purge(database, SystemClock())],
        always=[continuity],
        ready={"person keys": continuity.ready},
        without={"kafka": bus.ping},
        watches=[apart, tail],
        state={
            "apart": apart,
            "feed_readers": Readers(),
            "feed_tail": tail,
            "person_keys": keys,
            "signer": signer,
        },
    )
