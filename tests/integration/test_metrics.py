"""Metrics that only a real server can move."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import DatabaseUrl
from tests.web import settings_of, site_of, visitor


async def test_connections_that_are_in_use_are_told_from_those_that_stand_ready(
    database_url: DatabaseUrl, tmp_path: Path
) -> None:
    app = site_of(settings_of("reporting", tmp_path, database_url("reporting")))
    database = app.state.service.database
    async with visitor(app) as client:

        async def connections() -> dict[str, float]:
            families = text_string_to_metric_families((await client.get("/metrics")).text)
            [pool] = [family for family in families if family.name == "registan_database_connections"]
            return {sample.labels["state"]: sample.value for sample in pool.samples}

        async with database.transaction() as first, database.transaction() as second:
            for session in (first, second):
                await session.connection()
            assert await connections() == {"in-use": 2, "idle": 0}
        assert await connections() == {"in-use": 0, "idle": 2}
    await database.close()
