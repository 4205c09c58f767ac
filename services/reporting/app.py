"""Reporting, put together: a table of contents, and the only file where its parts meet."""

from functools import partial

from services.reporting import gauges
from services.reporting.facts import projection
from services.reporting.figures.releasing import Releases
from services.reporting.groups import ACCOUNTS, FACTS, GROUPS
from services.reporting.http import STATIC, api, pages
from services.reporting.live import Gauges, Outside, Pulse
from services.reporting.settings import ReportingSettings
from shared.bus.consumer import Listener
from shared.bus.kafka import Bus
from shared.clock import SystemClock
from shared.database import Database
from shared.identity import access
from shared.identity.sessions import SessionReader
from shared.service import Service
from shared.settings import load


def build(settings: ReportingSettings | None = None) -> Service:
    """Reporting as its settings describe it; from the environment when none are given.

    Raises:
        WrongSettings: a setting is missing or wrong.
    """
    settings = settings or load(ReportingSettings, "reporting")
    database = Database(settings.database_url.get_secret_value())
    bus = Bus(settings.kafka)
    facts = Listener(bus, database, group=FACTS, topics=GROUPS[FACTS], handle=projection.apply)
    genuine = access.genuine(SessionReader(settings.session_public_key_file))
    accounts = Listener(bus, database, group=ACCOUNTS, topics=GROUPS[ACCOUNTS], handle=access.apply, genuine=genuine)
    pulse = Pulse(database)
    return Service(
        settings=settings,
        database=database,
        http=[api.router, pages.router],
        static=STATIC,
        listens=[facts, accounts],
        runs=[Outside(Releases(database).release, SystemClock())],
        watches=[pulse, Gauges(pulse, partial(gauges.refresh, database))],
        without={"kafka": bus.ping},
        state={"pulse": pulse},
    )
