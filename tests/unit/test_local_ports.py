"""Ports: which one a part has, and what a person reads when somebody else holds it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.errors import PortTaken
from deploy.local.home import Home
from deploy.local.leftovers import claim_port
from deploy.local.ports import LOOPBACK, NotAPort, is_free, port_of, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_is_moved_by_its_variable() -> None:
    assert port_of("kafka", {}) == 19092
    assert port_of("kafka", {"REGISTAN_KAFKA_PORT": "29092"}) == 29092


@pytest.mark.parametrize("wrong", ["kafka", "0", "65536", "-1", "19092.0"])
def test_what_is_not_a_port_is_refused_with_its_variable(wrong: str) -> None:
    with pytest.raises(NotAPort, match="REGISTAN_KAFKA_PORT"):
        port_of("kafka", {"REGISTAN_KAFKA_PORT": wrong})


def test_a_taken_port_is_named_with_the_process_that_holds_it_and_the_way_out(taken: int) -> None:
    with pytest.raises(PortTaken) as refusal:
        require_free("registry", taken)
    sentence = str(refusal.value)
    assert str(taken) in sentence
    assert f"process {os.getpid()}" in sentence
    assert "REGISTAN_REGISTRY_PORT" in sentence


def test_a_process_that_is_not_of_this_home_is_left_alone(taken: int, tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(PortTaken):
        claim_port(Home(tmp_path), "registry", taken, said.append)
    assert not said
    assert not is_free(taken)
