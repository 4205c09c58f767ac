"""Notifications, put together: a table of contents, and the only file where its parts meet."""

from functools import partial

from services.notifications.channels.smtp import SmtpChannel
from services.notifications.deliveries import planning
from services.notifications.deliveries.sender import Sender
from services.notifications.deliveries.upkeep import Upkeep
from services.notifications.groups import ACCOUNTS, FACTS, GROUPS
from services.notifications.http import api, pages
from services.notifications.settings import NotificationsSettings
from shared.bus.consumer import Listener
from shared.bus.kafka import Bus
from shared.clock import SystemClock
from shared.database import Database
from shared.identity import access
from shared.identity.sessions import SessionReader
from shared.service import Service
from shared.settings import load


def build(settings: NotificationsSettings | None = None) -> Service:
    """Notifications as its settings describe it; from the environment when none are given.

    Raises:
        WrongSettings: a setting is missing or wrong.
    """
    settings = settings or load(NotificationsSettings, "notifications")
    database = Database(settings.database_url.get_secret_value())
    bus = Bus(settings.kafka)
    clock = SystemClock()
    manner = planning.Manner(clock, settings.notify_ask_above, settings.settle)
    plan = partial(planning.apply, manner=manner)
    facts = Listener(bus, database, group=FACTS, topics=GROUPS[FACTS], handle=plan)
    genuine = access.genuine(SessionReader(settings.session_public_key_file))
    accounts = Listener(bus, database, group=ACCOUNTS, topics=GROUPS[ACCOUNTS], handle=access.apply, genuine=genuine)
    senders = [Sender(database, SmtpChannel(settings), manner)] if settings.smtp_host else []
    return Service(
        settings=settings,
        database=database,
        http=[api.router, pages.router],
        listens=[facts, accounts],
        runs=[*senders, Upkeep(database, clock)],
        without={"kafka": bus.ping},
        state={"settings": settings},
    )
