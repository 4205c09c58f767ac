"""What Java learnt of Kafka: used by exactly the starts that it fits, and never the reason for one that fails."""

import os
import time
from pathlib import Path

import pytest

from deploy.local.learnt import KEPT, Learnt


@pytest.fixture
def learnt(tmp_path: Path) -> Learnt:
    jar = tmp_path / "kafka.jar"
    jar.write_bytes(b"salom")
    return Learnt(tmp_path, jar, ("-Xmx512m",), [jar])


def learn(learnt: Learnt) -> None:
    option, _, path = learnt.option().partition("=")
    assert option == "-XX:AOTCacheOutput"
    Path(path).write_bytes(b"classes")
    learnt.keep()


def test_what_a_run_has_learnt_is_used_by_the_next(learnt: Learnt) -> None:
    assert not learnt.known
    learn(learnt)
    assert learnt.known
    option, _, path = learnt.option().partition("=")
    assert option == "-XX:AOTCache"
    assert Path(path).read_bytes() == b"classes"


def test_another_jar_or_option_is_learnt_anew(learnt: Learnt, tmp_path: Path) -> None:
    learn(learnt)
    assert not Learnt(tmp_path, learnt.java, ("-Xmx1g",), learnt.jars).known
    learnt.java.write_bytes(b"salom alaykum")
    assert not learnt.known


def test_a_run_that_was_killed_has_learnt_nothing(learnt: Learnt) -> None:
    learnt.keep()
    assert not learnt.known


def test_what_was_learnt_is_forgotten_when_a_start_fails(learnt: Learnt) -> None:
    learn(learnt)
    learnt.forget()
    assert not learnt.known


def test_what_nobody_can_use_any_more_is_dropped_after_a_day(learnt: Learnt, tmp_path: Path) -> None:
    long_ago = time.time() - KEPT - 60
    old, of_another = tmp_path / ".17-kafka-0.aot", tmp_path / "kafka-1.aot"
    for path in (old, of_another):
        path.write_bytes(b"classes")
    os.utime(old, (long_ago, long_ago))
    learnt.keep()
    assert not old.exists()
    assert of_another.exists()
