"""`/metrics` shows how a process is to anybody, and what people can be counted by to holders of the token alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from services.reporting.settings import ReportingSettings
from shared.settings import WrongSettings, load
from shared.telemetry import metrics
from tests.web import METRICS_TOKEN, SCRAPER, settings_of, site_of, visitor

STATES_OF_THE_PROCESS = {
    "registan_build_info",
    "registan_ready",
    "registan_publish_failures",
    "registan_consumer_retries",
    "registan_consumer_paused",
    "registan_consumer_waiting",
    "registan_consumer_lag_seconds",
    "registan_outbox_oldest_seconds",
    "registan_relay_active",
    "registan_database_connections",
    "registan_sending_held",
}
"""None of these rises with a person. Think of that before you add one; everything else belongs to `COUNTS`."""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(site_of(settings_of("notifications", tmp_path))) as client:
        yield client


def ours(page: httpx2.Response) -> set[str]:
    assert page.status_code == 200
    names = {family.name for family in text_string_to_metric_families(page.text)}
    return {name for name in names if name.startswith("registan_")}


async def test_a_visitor_sees_how_the_process_is_and_no_count(client: httpx2.AsyncClient) -> None:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase) and metric._labelnames:
            metric.labels(*("x" for _ in metric._labelnames))
    assert ours(await client.get("/metrics")) == STATES_OF_THE_PROCESS


async def test_who_shows_the_token_sees_everything(client: httpx2.AsyncClient) -> None:
    everything = {
        next(iter(metric.describe())).name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)
    }
    assert ours(await client.get("/metrics", headers=SCRAPER)) == everything


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong",
        "Bearer ",
        "Bearer",
        f"Basic {METRICS_TOKEN}",
        METRICS_TOKEN,
        f"Bearer {METRICS_TOKEN}x",
        "Bearer ё",
    ],
)
async def test_a_wrong_token_is_refused_and_not_overlooked(client: httpx2.AsyncClient, authorization: str) -> None:
    answer = await client.get("/metrics", headers=[(b"authorization", authorization.encode())])
    assert answer.status_code == 401
    assert "registan_" not in answer.text.replace("REGISTAN_METRICS", "")


async def test_a_service_without_a_token_shows_its_counts_to_nobody(tmp_path: Path) -> None:
    settings = settings_of("notifications", tmp_path).model_copy(update={"metrics_token_file": None})
    async with visitor(site_of(settings)) as client:
        assert ours(await client.get("/metrics")) <= STATES_OF_THE_PROCESS
        for shown in ("Bearer ", "Bearer None", f"Bearer {METRICS_TOKEN}"):
            assert (await client.get("/metrics", headers={"authorization": shown})).status_code == 401


async def test_a_token_is_replaced_without_a_restart(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    new = "another-token-that-nobody-can-guess-either"
    (tmp_path / "metrics-token").write_text(f"{new}\n")
    assert (await client.get("/metrics", headers=SCRAPER)).status_code == 401
    assert (await client.get("/metrics", headers={"authorization": f"Bearer {new}"})).status_code == 200
    (tmp_path / "metrics-token").write_text("")
    assert (await client.get("/metrics", headers={"authorization": "Bearer "})).status_code == 401


@pytest.mark.parametrize(
    ("token", "why"), [(None, "cannot be read"), ("", "32 characters"), ("x" * 31, "32 characters")]
)
def test_a_token_that_can_be_guessed_ends_the_start(
    token: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    if token is not None:
        file.write_text(token)
    for variable, value in {
        "REPORTING_DATABASE_URL": "postgresql://r@localhost/d",
        "KAFKA_BOOTSTRAP_SERVERS": "h:1",
        "SESSION_PUBLIC_KEY_FILE": "/k",
        "METRICS_TOKEN_FILE": str(file),
    }.items():
        monkeypatch.setenv(f"REGISTAN_{variable}", value)
    with pytest.raises(WrongSettings, match=rf"REGISTAN_METRICS_TOKEN_FILE .*{why}"):
        load(ReportingSettings, "reporting")
