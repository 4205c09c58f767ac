"""A process that dies is started again, the later the more often it dies."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import DidNotStart
from deploy.local.process import Child
from deploy.local.watched import CALM, HUNG, LONGEST_PAUSE, Watched


class HandClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child("sample", (sys.executable, "-c", "import sys; sys.exit('Error: no luck')"), tmp_path / "sample.log")
    yield child
    child.kill()


def die(watched: Watched) -> float:
    """Let it die; the pause it announces."""
    assert watched.child.wait(20)
    said = re.search(r"again in (\S+) s", watched.look())
    assert said
    return float(said[1])


def test_the_pause_doubles_while_it_keeps_dying_and_has_a_limit(child: Child) -> None:
    clock = HandClock()
    child.start()
    watched = Watched(child, clock=clock)
    pauses = []
    for _ in range(7):
        pauses.append(die(watched))
        clock.now += pauses[-1]
        assert "started again" in watched.look()
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]


def test_after_a_calm_time_the_pause_is_short_again(child: Child) -> None:
    clock = HandClock()
    child.start()
    watched = Watched(child, clock=clock)
    for _ in range(3):
        clock.now += die(watched)
        watched.look()
    clock.now += CALM
    assert die(watched) == 1


def test_what_it_last_said_is_told(child: Child) -> None:
    child.start()
    watched = Watched(child, clock=HandClock())
    assert child.wait(20)
    assert "Error: no luck" in watched.look()


def test_it_is_prepared_before_it_is_started_again(child: Child) -> None:
    clock = HandClock()
    prepared: list[bool] = []
    child.start()
    watched = Watched(child, prepare=lambda: prepared.append(child.alive), clock=clock)
    clock.now += die(watched)
    assert prepared == []
    watched.look()
    assert prepared == [False]


def test_a_start_that_is_hindered_is_told_and_tried_again(child: Child) -> None:
    clock, hindrances = (
        HandClock(),
        [OSError(28, "No space left on device"), DidNotStart(name="x", reason="y", log="z")],
    )

    def prepare() -> None:
        if hindrances:
            raise hindrances.pop(0)

    child.start()
    watched = Watched(child, prepare=prepare, clock=clock)
    clock.now += die(watched)
    said = watched.look()
    assert "cannot be started again" in said
    assert "No space left on device" in said
    assert watched.look() == ""
    clock.now += LONGEST_PAUSE
    assert "cannot be started again" in watched.look()
    clock.now += LONGEST_PAUSE
    assert "is started again" in watched.look()


def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends the children of a killed process; elsewhere the next start does")
    script = (
        "import sys, time; from pathlib import Path; from deploy.local.process import Child;"
        "child = Child('sample', ('/bin/sleep', '600'), Path(sys.argv[1])); child.start();"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    log = tmp_path / "sample.log"
    with subprocess.Popen([sys.executable, "-c", script, str(log)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        grandchild = psutil.Process(pid)
        parent.kill()
        parent.wait()
    grandchild.wait(10)


def test_one_that_hangs_is_killed_and_started_again_and_one_that_is_slow_is_not(tmp_path: Path) -> None:
    clock, answers = HandClock(), [True]
    child = Child("sample", ("/bin/sleep", "600"), tmp_path / "sample.log")
    child.start()
    try:
        watched = Watched(child, answers=lambda: answers[-1], clock=clock)
        for answer in (True, False, True):
            answers.append(answer)
            clock.now += HUNG - 1
            assert watched.look() == ""
        answers.append(False)
        clock.now += HUNG + 1
        assert "has not answered" in watched.look()
        assert not child.alive
        assert "it starts again" in watched.look()
        clock.now += LONGEST_PAUSE
        assert "is started again" in watched.look()
        assert watched.look() == ""
    finally:
        child.kill()
