"""`registan subscribers`: who reads is let in, listed and put out, and no contact is shown where it does not belong."""

import json

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from shared.identity import tokens
from tests.conftest import DatabaseUrl


@pytest.fixture
def run(database_url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch, tmp_path):  # type: ignore[no-untyped-def]
    from tests.registry import registry_settings

    settings = registry_settings(tmp_path, database_url("registry"))
    monkeypatch.setenv("REGISTAN_REGISTRY_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("REGISTAN_SESSION_PUBLIC_KEY_FILE", str(settings.session_public_key_file))
    return lambda *typed: CliRunner().invoke(app, ["subscribers", *typed])


ADD = ("add", "sample", "--topic", "registan.activities.v1", "--contact", "events@example.org")


def test_a_subscriber_is_let_in_listed_and_put_out(run) -> None:  # type: ignore[no-untyped-def]
    said = run(*ADD)
    assert said.exit_code == 0, said.output
    token = next(line for line in said.output.splitlines() if line.startswith("rgs_"))
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["name"], listed["topics"], listed["contact"]) == (
        "sample",
        ["registan.activities.v1"],
        "events@example.org",
    )
    assert token not in json.dumps(listed)
    assert tokens.digest(token) not in json.dumps(listed)
    assert "is there" in str(run(*ADD).exception)

    assert run("revoke", "sample").exit_code == 0
    (gone,) = json.loads(run("list", "--json").stdout)
    assert gone["revoked_at"]
    assert gone["contact"] is None
    assert "No subscriber is named 'sample'" in str(run("revoke", "sample").exception)
    assert run(*ADD).exit_code == 0, "the name is free again"


def test_only_public_topics_are_given(run) -> None:  # type: ignore[no-untyped-def]
    refused = run("add", "sample", "--topic", "registan.contacts.v1", "--contact", "events@example.org")
    assert refused.exit_code == 2
    assert "registan.contacts.v1 is no public topic" in refused.output.replace("\n", " ")
