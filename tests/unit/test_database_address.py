"""An address of a database is looked at before anything starts; what is wrong with it is told without its password."""

from pathlib import Path

import pytest

from shared.database_address import WrongAddress, dsn_of
from shared.settings import ServiceSettings, WrongSettings, load
from tests.certificates import Authority


@pytest.fixture(autouse=True)
def a_machine_that_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40w@127.0.0.1:5432/d",
        "postgresql://u@localhost/d",
        "postgresql://u@[::1]:5432/d",
        "postgresql://u@/d?host=%2Frun%2Fpostgresql",
    ],
)
def test_on_this_machine_an_address_is_taken_as_it_is(url: str) -> None:
    assert dsn_of(url) == url
    assert dsn_of(url.replace("postgresql:", "postgresql+asyncpg:")) == url


@pytest.mark.parametrize("url", ["postgresql://u@db.example.org/d", "postgresql://u@localhost,db.example.org:5433/d"])
def test_towards_another_host_the_certificate_is_verified_unless_the_address_says_otherwise(
    url: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path).certificate
    assert "sslmode=verify-full" in dsn_of(f"{url}?sslrootcert={authority}")
    assert dsn_of(f"{url}?sslmode=require") == f"{url}?sslmode=require"
    with pytest.raises(WrongAddress, match="sslrootcert=FILE"):
        dsn_of(url)


def test_what_the_machine_says_for_every_client_counts_where_the_address_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    assert dsn_of("postgresql://u@db.example.org/d") == "postgresql://u@db.example.org/d"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("registry", "must look like"),
        ("mysql://u:secret@h/d", "must look like"),
        ("postgresql://", "no host"),
        ("postgresql://u:secret@h:port/d", "port must be a number"),
        ("postgresql://u:secret@localhost", "no database"),
        ("postgresql://u:secret@localhost/d?ssl=require", "no parameter 'ssl'"),
        ("postgresql://u:secret@localhost/d?sslmode=verify_full", "sslmode must be one of"),
        ("postgresql://u:secret@localhost/d?sslmode", "name=value"),
        ("postgresql://u:secret@localhost/d?sslmode=verify-ca&sslrootcert=/nowhere.pem", "sslrootcert: /nowhere.pem"),
        ("postgresql://u:secret@localhost/d?sslcert=/nowhere.crt", "sslcert: /nowhere.crt"),
    ],
)
def test_a_wrong_address_ends_the_start_with_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    monkeypatch.setenv("REGISTAN_REGISTRY_DATABASE_URL", url)
    monkeypatch.setenv("REGISTAN_KAFKA_BOOTSTRAP_SERVERS", "h:1")
    monkeypatch.setenv("REGISTAN_SESSION_PUBLIC_KEY_FILE", "/k")
    with pytest.raises(WrongSettings) as raised:
        load(ServiceSettings, "registry")
    said = str(raised.value)
    assert said.startswith("REGISTAN_REGISTRY_DATABASE_URL is wrong: ")
    assert says in said
    assert "secret" not in said
    assert "\n" not in said


def test_files_that_are_no_certificates_and_keys_of_others_are_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    one, other = authority.issue("one"), authority.issue("other")
    here = "postgresql://u@localhost/d?sslmode=require"
    with pytest.raises(WrongAddress, match=r"sslrootcert: .*one\.key cannot be used"):
        dsn_of(f"{here}&sslrootcert={one.key}")
    with pytest.raises(WrongAddress, match="does not belong to it"):
        dsn_of(f"{here}&sslcert={one.certificate}&sslkey={other.key}")
    assert dsn_of(f"{here}&sslcert={one.certificate}&sslkey={one.key}")
