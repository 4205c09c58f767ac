"""A wrong setting ends the start with one line that names the variable."""

import pytest

from services.notifications.settings import NotificationsSettings
from shared.settings import ServiceSettings, WrongSettings, load


def test_two_settings_that_do_not_fit_each_other_are_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTAN_NOTIFICATIONS_DATABASE_URL", "postgresql://n@localhost/d")
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "h:1")
    monkeypatch.setenv("REGISTAN_SESSION_PUBLIC_KEY_FILE", "/k")
    monkeypatch.setenv("REGISTAN_SMTP_HOST", "mail.example.org")
    with pytest.raises(WrongSettings) as raised:
        load(NotificationsSettings, "notifications")
    assert str(raised.value) == "REGISTAN_MAIL_FROM is not set: name the address that mails come from"


def test_every_variable_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGISTAN_NOTIFICATIONS_DATABASE_URL", "REGISTAN_KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REGISTAN_NOTIFICATIONS_PORT", "eight")
    with pytest.raises(WrongSettings) as raised:
        load(NotificationsSettings, "notifications")
    said = str(raised.value)
    assert "REGISTAN_NOTIFICATIONS_DATABASE_URL is not set" in said
    assert "REGISTAN_KAFKA_BOOTSTRAP_SERVERS is not set" in said
    assert "REGISTAN_NOTIFICATIONS_PORT is wrong" in said


def test_a_command_needs_no_port_of_the_service_it_works_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGISTAN_REPORTING_PORT", raising=False)
    monkeypatch.setenv("REGISTAN_REPORTING_DATABASE_URL", "postgresql://r@localhost/d")
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "h:1")
    monkeypatch.setenv("REGISTAN_SESSION_PUBLIC_KEY_FILE", "/k")
    assert load(ServiceSettings, "reporting").database_url.get_secret_value() == "postgresql://r@localhost/d"
