"""Kafka's jars: the bytes that the lock names, or none."""

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local import jars
from deploy.local.errors import JarUnusable
from deploy.local.jars import Jar, fetch, locked

SALOM = hashlib.sha256(b"salom").hexdigest()


def arrives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    def download(context: object, coordinate: str) -> Path:
        arrived = tmp_path / "arrived.jar"
        arrived.write_bytes(content)
        return arrived

    monkeypatch.setattr(jars, "_download", download)


def test_the_lock_names_each_jar_once_with_its_hash_and_no_address() -> None:
    lock = locked()
    assert any(jar.coordinate.startswith("org.apache.kafka:kafka_2.13:") for jar in lock)
    assert len({jar.filename for jar in lock}) == len(lock)
    assert all(len(jar.sha256) == 64 for jar in lock)
    assert "://" not in jars.LOCK.read_text()


def test_every_part_of_kafka_is_of_the_same_version() -> None:
    versions = {jar.coordinate.rsplit(":", 1)[1] for jar in locked() if jar.coordinate.startswith("org.apache.kafka:")}
    assert versions == {jars.KAFKA.rsplit(":", 1)[1]}


def test_other_bytes_than_those_of_the_lock_are_refused_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arrives(monkeypatch, tmp_path, b"something else")
    with pytest.raises(JarUnusable, match=r"org\.example:sample:1"):
        fetch([Jar("org.example:sample:1", SALOM)], tmp_path / "cache", Console(file=StringIO()))
    assert not (tmp_path / "cache" / "sample-1.jar").exists()


def test_a_jar_that_was_cut_off_is_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = hashlib.sha256(b"salom").hexdigest()
    arrives(monkeypatch, tmp_path, b"salom")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "sample-1.jar").write_bytes(b"sal")
    [path] = fetch([Jar("org.example:sample:1", whole)], cache, Console(file=StringIO()))
    assert path.read_bytes() == b"salom"


def test_what_is_there_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sample-1.jar").write_bytes(b"salom")
    monkeypatch.setattr(jars, "_download", None)  # calling it would fail
    fetch([Jar("org.example:sample:1", hashlib.sha256(b"salom").hexdigest())], tmp_path, Console(file=StringIO()))
