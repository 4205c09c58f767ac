"""The table of permissions: what it must never say, whatever topics and groups come."""

import json

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.permissions import PRINCIPALS, permissions
from shared.contracts import TOPICS, Topic
from shared.settings import WrongSettings, load_kafka

PRIVATE = [topic for topic in TOPICS if topic.audience == "private"]


def who(operation: str, topic: str) -> set[str]:
    return {p.principal for p in permissions() if (p.operation, p.kind, p.name) == (operation, "topic", topic)}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: str(topic.name))
def test_a_topic_has_one_writer_and_the_settler_only_where_it_is_public(topic: Topic) -> None:
    expected = {topic.writer} if topic in PRIVATE else {topic.writer, "settler"}
    assert who("write", topic.name) == expected


def test_a_private_topic_is_read_by_its_named_readers_and_its_writer() -> None:
    for topic in PRIVATE:
        assert who("read", topic.name) == {*topic.readers, topic.writer}


def test_nobody_may_do_anything_with_all_topics_but_who_makes_them_and_reads_none() -> None:
    wide = [p for p in permissions() if p.prefixed and p.kind == "topic"]
    assert {p.principal for p in wide} == {"operator"}
    assert {p.operation for p in wide}.isdisjoint({"read", "write"})
    assert not [p for p in permissions() if p.principal == "operator" and p.operation in ("read", "write")]


def test_each_name_carries_the_prefix_of_its_installation() -> None:
    assert all(p.name.startswith("sample.") for p in permissions("sample."))


def test_the_plan_is_printed_for_readers_for_kafkas_tool_and_for_programs() -> None:
    def printed(form: str) -> str:
        done = CliRunner().invoke(app, ["kafka", "plan", "--prefix", "sample.", "--format", form])
        assert done.exit_code == 0
        return done.stdout

    assert {line.split()[0] for line in printed("table").splitlines()} == set(PRINCIPALS)
    assert "--allow-principal User:subscriber --operation Read --group 'sample.subscriber.'" in printed("commands")
    assert len(json.loads(printed("json"))) == len(permissions())


SASL = {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "SCRAM-SHA-512", "USERNAME": "u", "PASSWORD": "p"}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"USERNAME": "u", "PASSWORD": "p"}, "PLAINTEXT"),
        ({"SASL_MECHANISM": "PLAIN"}, "PLAINTEXT"),
        ({"SECURITY_PROTOCOL": "SSL", "PASSWORD": "p"}, "SECURITY_PROTOCOL=SSL"),
        (SASL | {"USERNAME": ""}, "USERNAME is not set"),
        (SASL | {"PASSWORD": ""}, "PASSWORD is not set"),
        ({**SASL, "SASL_MECHANISM": "GSSAPI"}, "SASL_MECHANISM is wrong"),
        ({name: value for name, value in SASL.items() if name != "SASL_MECHANISM"}, "SASL_MECHANISM is not set"),
        (SASL | {"SASL_MECHANISM": "OAUTHBEARER"}, "OAUTH_TOKEN_URL is not set"),
        (SASL | {"OAUTH_TOKEN_URL": "https://id.example.org"}, "OAUTH_TOKEN_URL is set"),
        ({"SECURITY_PROTOCOL": "SSL", "CERTIFICATE_FILE": "c.pem"}, "KEY_FILE is not set"),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_FILE": "k.pem"}, "CERTIFICATE_FILE is not set"),
        ({"CERTIFICATE_FILE": "c.pem", "KEY_FILE": "k.pem"}, "CERTIFICATE_FILE is set"),
        ({"CA_FILE": "ca.pem"}, "CA_FILE is set"),
        ({"SECURITY_PROTOCOL": "TLS"}, "SECURITY_PROTOCOL is wrong"),
    ],
)
def test_settings_of_kafka_that_do_not_fit_each_other_are_one_line_that_names_them(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], named: str
) -> None:
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
    for name, value in told.items():
        monkeypatch.setenv(f"REGISTAN_KAFKA_{name}", value)
    with pytest.raises(WrongSettings, match=named) as refusal:
        load_kafka()
    assert "\n" not in str(refusal.value)


def test_what_fits_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
    assert load_kafka().security_protocol == "PLAINTEXT"
    for name, value in (SASL | {"CA_FILE": "ca.pem"}).items():
        monkeypatch.setenv(f"REGISTAN_KAFKA_{name}", value)
    assert load_kafka().username == "u"
