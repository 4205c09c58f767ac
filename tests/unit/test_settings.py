"""Settings as commands read them, beside or without the services."""

from pathlib import Path

import pytest

from shared.settings import ServiceSettings, load


def test_a_command_needs_no_port_of_the_service_it_works_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REGISTAN_REPORTING_PORT", raising=False)
    monkeypatch.setenv("REGISTAN_REPORTING_DATABASE_URL", "postgresql://reporting@127.0.0.1/reporting")
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    monkeypatch.setenv("REGISTAN_SESSION_PUBLIC_KEY_FILE", str(tmp_path / "key.pem"))
    settings = load(ServiceSettings, "reporting")
    assert settings.database_url.get_secret_value().endswith("/reporting")
