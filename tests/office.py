"""An office of the programme SAMPLE: the registry's site over a database of its own, and people of each role in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.registry.models import Activity
from services.registry.usecases.registrations.list import Participation, list_registrations
from tests.pages import Reader
from tests.registry import Desk, SetClock, registry_site
from tests.web import browser

NOW = datetime.now(UTC)
TODAY = NOW.date()
ACTIVITIES = "/registry/activities"

OPEN = (
    "/registry/sign-in",
    "/registry/language",
    "/registry/static",
    "/registry/contracts",
    "/registry/api/openapi.json",
)
"""What the registry shows to everybody: the walks over its routes pass it by."""


class Office:
    """The site, what is behind it, and who sits in front of it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.app = registry_site(folder, url)
        self.desk = Desk(self.app.state.service.database, SetClock(NOW))
        self.viewer = Reader(browser(self.app, folder, "viewer"))
        self.editor = Reader(browser(self.app, folder, "editor"))
        self.admin = Reader(browser(self.app, folder, "admin"))

    async def people(self, activity: Activity) -> list[Participation]:
        async with self.desk.database.transaction() as session:
            return list(await list_registrations(session, activity.id))

    async def read(self, activity: Activity) -> Activity:
        found: Activity = await self.desk.read(Activity, activity.id)
        return found


@asynccontextmanager
async def open_office(folder: Path, database_url: str) -> AsyncIterator[Office]:
    office = Office(folder, database_url)
    try:
        await office.desk.define(countries=["KG", "KZ"], languages=["en", "ru"], name={"en": "Sample", "ru": "Пример"})
        yield office
    finally:
        await office.desk.database.close()


def around_today(days: int = 2) -> dict[str, str]:
    return {"starts": str(TODAY - timedelta(days=days)), "ends": str(TODAY)}


def ahead() -> dict[str, str]:
    return {"starts": str(TODAY + timedelta(days=30)), "ends": str(TODAY + timedelta(days=31))}
