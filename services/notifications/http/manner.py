"""How deliveries are planned that a request gives rise to: as the settings say, like those of an event."""

from fastapi import Request

from services.notifications.deliveries.planning import Manner
from services.notifications.settings import NotificationsSettings
from shared.web.requests import clock_of


def manner_of(request: Request) -> Manner:
    settings: NotificationsSettings = request.app.state.settings
    return Manner(clock_of(request), settings.notify_ask_above, settings.settle)
