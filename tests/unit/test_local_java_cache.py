"""What Java learnt of Kafka: used by exactly the starts that it fits, and never the reason for one that fails."""

import os
import time
from pathlib import Path

import pytest

from deploy.local.java_cache import KEPT, JavaCache


@pytest.fixture
def learnt(tmp_path: Path) -> JavaCache:
    jar = tmp_path / "kafka.jar"
    jar.write_bytes(b"salom")
    return JavaCache(tmp_path, jar, ("-Xmx512m",), [jar])


def learn(learnt: JavaCache) -> None:
    option, _, path = learnt.option().partition("=")
    assert option == "-XX:AOTCacheOutput"
    Path(path).write_bytes(b"classes")
    learnt.keep()


def test_what_a_run_has_learnt_is_used_by_the_next(learnt: JavaCache) -> None:
    assert not learnt.known
    learn(learnt)
    assert learnt.known
    option, _, path = learnt.option().partition("=")
    assert option == "-XX:AOTCache"
    assert Path(path).read_bytes() == b"classes"


def test_another_jar_or_option_is_learnt_anew(learnt: JavaCache, tmp_path: Path) -> None:
    learn(learnt)
    assert not JavaCache(tmp_path, learnt.java, ("-Xmx1g",), learnt.jars).known
    learnt.java.write_bytes(b"salom alaykum")
    assert not learnt.known


def test_a_run_that_was_killed_has_learnt_nothing(learnt: JavaCache) -> None:
    learnt.keep()
    assert not learnt.known


def test_what_was_learnt_is_forgotten_when_a_start_fails(learnt: JavaCache) -> None:
    learn(learnt)
    learnt.forget()
    assert not learnt.known


def test_what_nobody_can_use_any_more_is_dropped_after_a_day(learnt: JavaCache, tmp_path: Path) -> None:
    long_ago = time.time() - KEPT - 60
    old, of_another = tmp_path / ".17-kafka-0.aot", tmp_path / "kafka-1.aot"
    for path in (old, of_another):
        path.write_bytes(b"classes")
    os.utime(old, (long_ago, long_ago))
    learnt.keep()
    assert not old.exists()
    assert of_another.exists()
