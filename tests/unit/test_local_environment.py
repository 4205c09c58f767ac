"""What each service is told: what it needs, and nothing that opens a neighbour's door."""

from pathlib import Path

import pytest

from deploy.local.environment import environment_for, given_database_url, may_see
from deploy.local.errors import UnusableUrl
from deploy.local.home import Home
from shared.settings import SERVICES, ServiceName, ServiceSettings, load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for service in SERVICES:
        monkeypatch.setenv(
            f"REGISTAN_{service.upper()}_DATABASE_URL", f"postgresql://{service}:secret-of-{service}@localhost/d"
        )
    return Home(tmp_path)


def told(service: ServiceName, home: Home) -> dict[str, str]:
    return environment_for(
        service,
        home,
        database_url=f"postgresql://{service}@localhost/d",
        kafka={"REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "h:1"},
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_never_told_the_database_of_another(home: Home, service: ServiceName) -> None:
    others = [other for other in SERVICES if other != service]
    values = " ".join(told(service, home).values())
    assert not [other for other in others if f"secret-of-{other}" in values or f"postgresql://{other}" in values]


def test_only_the_registry_can_sign_sessions_and_compute_person_keys(home: Home) -> None:
    for secret in ("REGISTAN_SESSION_PRIVATE_KEY_FILE", "REGISTAN_PERSON_KEY_SECRET_FILE"):
        assert [service for service in SERVICES if secret in told(service, home)] == ["registry"]


def test_only_notifications_is_told_where_mails_go(home: Home) -> None:
    assert [service for service in SERVICES if "REGISTAN_SMTP_HOST" in told(service, home)] == ["notifications"]


def test_a_configured_mail_server_takes_the_place_of_the_mailbox(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTAN_SMTP_HOST", "mail.example.org")
    environment = told("notifications", home)
    assert environment["REGISTAN_SMTP_HOST"] == "mail.example.org"
    assert "REGISTAN_MAILBOX_DIRECTORY" not in environment


def test_every_service_knows_the_pages_of_the_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTAN_REPORTING_PORT", "18002")
    assert {told(service, home)["REGISTAN_REPORTING_URL"] for service in SERVICES} == {"http://127.0.0.1:18002"}


def test_what_a_service_is_told_is_enough_for_its_settings(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told("reporting", home).items():
        monkeypatch.setenv(name, value)
    settings = load(ServiceSettings, "reporting")
    assert settings.port == 8002
    assert settings.session_public_key_file.read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_variables_of_the_system_are_passed_on() -> None:
    assert may_see("reporting", "PATH")
    assert may_see("reporting", "REGISTAN_LOG_LEVEL")


@pytest.mark.parametrize(
    "wrong", ["registry", "mysql://u:p@localhost/d", "postgresql://", "postgresql://u:p@host:port/d"]
)
def test_an_address_that_is_not_of_a_database_names_its_variable(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("REGISTAN_REGISTRY_DATABASE_URL", wrong)
    with pytest.raises(UnusableUrl, match="REGISTAN_REGISTRY_DATABASE_URL") as refusal:
        given_database_url("registry")
    assert "p@h" not in str(refusal.value)
