"""`registan users` and `registan tokens`: what a person types and reads, at the real database."""

import json
import re
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.errors import sentence
from tests.conftest import DatabaseUrl

Registan = Callable[..., Result]
EMAIL = "sample.person.1@example.org"


@pytest.fixture
def registan(database_url: DatabaseUrl, tmp_path_factory: pytest.TempPathFactory) -> Registan:
    environment = {
        "REGISTAN_REGISTRY_DATABASE_URL": database_url("registry"),
        "REGISTAN_REGISTRY_URL": "https://registan.example.org",
        "REGISTAN_REGISTRY_PORT": "8001",
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": "unused",
    }

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, words, input=typed, env=environment)

    return run


def add(registan: Registan, *more: str, typed: str | None = None) -> Result:
    return registan("users", "add", EMAIL, "--role", "editor", "--name", "Sample Person 1", *more, typed=typed)


def test_whoever_is_added_without_a_password_gets_a_link(registan: Registan) -> None:
    result = add(registan)
    assert result.exit_code == 0, result.output
    assert re.search(r"https://registan\.example\.org/registry/sign-in/link#[\w-]{43}\n", result.output)
    again = registan("users", "link", EMAIL.upper())
    assert again.exit_code == 0
    assert "sign-in/link#" in again.output


def test_whoever_is_added_with_a_password_gets_none_and_the_password_is_not_shown(registan: Registan) -> None:
    result = add(registan, "--password-stdin", typed="seven quiet caravans\n")
    assert result.exit_code == 0, result.output
    assert "link" not in result.output
    assert "caravans" not in result.output


def test_users_are_listed_and_disabled(registan: Registan) -> None:
    assert "Nobody yet" in registan("users", "list").output
    add(registan)
    assert registan("users", "disable", EMAIL).exit_code == 0
    assert "disabled" in registan("users", "list").output
    (user,) = json.loads(registan("users", "list", "--json").stdout)
    assert (user["email"], user["role"], user["active"]) == (EMAIL, "editor", False)
    assert not any("password" in key for key in user)


@pytest.mark.parametrize(
    "words",
    [
        ("users", "add", EMAIL, "--role", "emperor", "--name", "Sample Person 1"),
        ("users", "add", "no address", "--role", "viewer", "--name", "Sample Person 1"),
        ("users", "add", EMAIL, "--role", "viewer"),
        ("tokens", "create", "figures", "--role", "emperor"),
        ("tokens", "create", "figures", "--role", "viewer", "--days", "0"),
    ],
)
def test_wrong_use_is_exit_code_two(registan: Registan, words: tuple[str, ...]) -> None:
    assert registan(*words).exit_code == 2


def test_what_cannot_be_done_is_one_clear_line(registan: Registan) -> None:
    add(registan)
    for result, said in (
        (add(registan), "There is an account with this e-mail address already."),
        (registan("users", "disable", "nobody@example.org"), "No account has the address nobody@example.org."),
        (registan("users", "link", "nobody@example.org"), "No account has the address nobody@example.org."),
        (registan("tokens", "revoke", "figures"), "No token in use is named 'figures'."),
    ):
        assert result.exception is not None
        assert sentence(result.exception) == said


def test_a_token_is_shown_once_and_listed_without_its_secret(registan: Registan) -> None:
    secret = registan("tokens", "create", "figures of a partner", "--role", "viewer", "--days", "30").stdout.strip()
    assert re.fullmatch(r"rgt_[\w-]{43}", secret)
    listed = registan("tokens", "list", "--json").stdout
    (token,) = json.loads(listed)
    assert (token["name"], token["role"], token["active"]) == ("figures of a partner", "viewer", True)
    assert secret not in listed
    assert "hash" not in listed
    assert registan("tokens", "revoke", "figures of a partner").exit_code == 0
    assert "revoked" in registan("tokens", "list").output


def test_rights_are_given_for_programmes_and_countries_and_changed_later(registan: Registan) -> None:
    words = ("--programme", "BOMCA", "--country", "KG", "--country", "TJ")
    added = registan("users", "add", EMAIL, "--role", "coordinator", "--name", "Sample Person 1", *words)
    assert "may sign in as coordinator of KG, TJ in BOMCA." in added.output
    (user,) = json.loads(registan("users", "list", "--json").stdout)
    assert user["grants"] == [{"role": "coordinator", "programme": "BOMCA", "countries": ["KG", "TJ"]}]
    assert user["role"] == "viewer", "who does not know grants gives the lesser right"
    changed = registan("users", "set-role", EMAIL, "--role", "editor", "--programme", "A", "--programme", "B")
    assert "is editor in A, B now." in changed.output
    (user,) = json.loads(registan("users", "list", "--json").stdout)
    assert [each["programme"] for each in user["grants"]] == ["A", "B"]


def test_a_disabled_account_can_be_enabled_again(registan: Registan) -> None:
    add(registan)
    registan("users", "disable", EMAIL)
    assert registan("users", "enable", EMAIL).exit_code == 0
    (user,) = json.loads(registan("users", "list", "--json").stdout)
    assert (user["active"], user["role"]) == (True, "editor")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "coordinator"), "name it"),
        (("--role", "editor", "--country", "KG"), "leave them out"),
        (("--role", "coordinator", "--country", "XX"), "XX"),
    ],
)
def test_rights_that_make_no_sense_are_refused(registan: Registan, words: tuple[str, ...], said: str) -> None:
    add(registan)
    refused = registan("users", "set-role", EMAIL, *words)
    assert refused.exit_code == 2
    assert said in refused.output


def test_the_last_administrator_stays_one(registan: Registan) -> None:
    registan("users", "add", EMAIL, "--role", "admin", "--name", "Sample Person 1")
    for words in (("disable", EMAIL), ("set-role", EMAIL, "--role", "viewer")):
        refused = registan("users", *words)
        assert refused.exception is not None
        assert "last administrator" in str(sentence(refused.exception)), words


def noted(result: Result) -> dict[str, object]:
    (line,) = [line for line in result.stderr.splitlines() if '"log": "security"' in line]
    assert "example.org" not in line
    assert "Sample" not in line
    found: dict[str, object] = json.loads(line)
    return found


def test_each_act_is_one_line_of_the_security_log_that_names_the_account_by_its_id(registan: Registan) -> None:
    added = noted(add(registan))
    (user,) = json.loads(registan("users", "list", "--json").stdout)
    told = {"event": "command", "kind": "system", "about": [user["id"]], "status": 0, "route": "registan users add"}
    assert told.items() <= added.items()
    assert isinstance(added["os_user"], int)
    for words in (
        ("users", "set-role", EMAIL, "--role", "viewer"),
        ("users", "link", EMAIL),
        ("users", "disable", EMAIL),
        ("users", "enable", EMAIL),
    ):
        line = noted(registan(*words))
        assert (line["route"], line["about"]) == (f"registan {' '.join(words[:2])}", [user["id"]])
    made = noted(registan("tokens", "create", "figures", "--role", "viewer"))
    (token,) = json.loads(registan("tokens", "list", "--json").stdout)
    assert made["about"] == [token["id"]]
    assert noted(registan("tokens", "revoke", "figures"))["about"] == [token["id"]]
    assert noted(registan("tokens", "revoke", "figures"))["status"] == 1, "what was refused is written as well"
