"""What operators read is held against the code: every metric, every setting, every alert with its runbook."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from pydantic.fields import FieldInfo

from deploy.local import ports
from deploy.permissions import as_rows, permissions
from services.notifications.settings import NotificationsSettings
from services.registry.settings import RegistrySettings
from services.reporting.settings import ReportingSettings
from shared.settings import ServiceSettings
from shared.telemetry import metrics
from tests.debian import program

PROJECT = Path(__file__).parents[2]
DOCUMENT = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
ALERTS = PROJECT / "deploy" / "prometheus" / "alerts.yml"
RUNBOOKS = PROJECT / "deploy" / "runbooks"
KINDS: tuple[type[ServiceSettings], ...] = (RegistrySettings, ReportingSettings, NotificationsSettings)


def described(metric: MetricWrapperBase) -> Metric:
    return next(iter(metric.describe()))


CATALOGUE = {
    described(metric).name: metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)
}


def rows(heading: str) -> dict[str, list[str]]:
    """The tables under a heading: first cell, without its quotes → the other cells."""
    part = re.split(rf"^## {heading}$", DOCUMENT, flags=re.MULTILINE)[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:3] == "| `"]
    return {first.strip("`"): others for first, *others in cells}


def test_the_table_of_metrics_is_the_catalogue() -> None:
    expected = {}
    for name, metric in CATALOGUE.items():
        told = described(metric)
        suffix = "_total" if told.type == "counter" else ""
        expected[name + suffix] = [told.type, ", ".join(metric._labelnames), told.documentation]
    assert rows("Metrics") == expected


def test_the_table_of_settings_has_every_variable_with_its_default() -> None:
    expected = {
        variable(kind, field): shown_default(info)
        for kind in KINDS
        for field, info in kind.model_fields.items()
        if field != "name"
    }
    documented = {name: default.strip("`") for name, (default, _) in rows("Settings").items()}
    assert {name: documented.get(name) for name in expected} == expected
    assert documented.keys() - expected.keys() == {
        "REGISTAN_HOME",
        "REGISTAN_JARS",
        *(ports.variable(part) for part in ("postgres", "kafka", "mailbox")),
    }
    for part in ("postgres", "kafka", "mailbox"):
        assert documented[ports.variable(part)] == str(ports.DEFAULTS[part])


def variable(kind: type[ServiceSettings], field: str) -> str:
    if field == "port":
        return f"REGISTAN_{kind.__name__.removesuffix('Settings').upper()}_PORT"
    return f"REGISTAN_{'<SERVICE>_' if field in ('database_url', 'host') else ''}{field.upper()}"


def shown_default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    return {"": "empty", None: "–", (): "–"}.get(info.default, str(info.default))


def test_the_table_of_permissions_is_the_one_that_is_granted() -> None:
    part = DOCUMENT.split("### What Kafka must allow")[1].split("\n### ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][1:]
    assert lines == [f"| {' | '.join(row)} |" for row in as_rows(permissions())]


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alert_asks_for_metrics_and_labels_that_exist(alert: dict[str, Any]) -> None:
    asked = re.findall(r"\b(registan_\w+)(?:\{([^}]*)\})?", alert["expr"])
    assert asked or alert["expr"].startswith("up{")
    for name, selector in asked:
        metric = CATALOGUE[re.sub(r"_(total|count|sum|bucket)$", "", name)]
        labels = re.findall(r"(\w+)\s*[=!]", selector)
        assert set(labels) <= set(metric._labelnames), f"{name} has no such label"


def test_each_alert_has_a_runbook_of_its_name_and_each_runbook_an_alert() -> None:
    named = {alert["alert"]: alert["annotations"]["runbook_url"] for alert in alerts()}
    placed = "https://registan.example.org/runbooks"
    assert named == {path.stem: f"{placed}/{path.name}" for path in RUNBOOKS.glob("*.md")}


@pytest.mark.parametrize("runbook", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: str(path.stem))
def test_a_runbook_says_what_it_means_how_to_see_and_what_to_do(runbook: Path) -> None:
    text = runbook.read_text(encoding="utf-8")
    assert re.findall(r"^(?:# (\w+)|\*\*(\w+)\.\*\*)", text, flags=re.MULTILINE) == [
        (runbook.stem, ""),
        ("", "Means"),
        ("", "See"),
        ("", "Do"),
    ]
    unknown = {name for name in re.findall(r"\bregistan_\w+", text) if re.sub(r"_count$", "", name) not in CATALOGUE}
    assert not {name for name in unknown if name.removesuffix("_total") not in CATALOGUE}


def test_alerts_ring_when_they_must_and_are_silent_when_they_must() -> None:
    promtool = program("promtool", "prometheus")
    for words in (("check", "rules", str(ALERTS)), ("test", "rules", str(PROJECT / "tests/unit/alerts.yml"))):
        done = subprocess.run([str(promtool), *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
