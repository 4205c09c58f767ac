"""The security log says who did what, and to which records, by ids alone, and who was refused."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, Request
from structlog.testing import capture_logs

from shared.identity import Actor
from shared.identity.actors import NotAllowed
from shared.settings import ServiceName
from shared.web.identity import public
from shared.web.security_log import EVENTS, about, log, noted
from tests.web import settings_of, site_of, visitor

WHO, WHOM = (UUID(f"018f0000-0000-7000-8000-00000000000{number}") for number in (1, 2))
router = APIRouter(dependencies=[public])


@router.get("/persons/{person_id}", dependencies=[noted("person-read")])
async def read(request: Request, person_id: UUID) -> str:
    request.state.actor = Actor(id=WHO, kind="user", grants=())
    return "Canary Person"


@router.get("/persons/{person_id}/refused", dependencies=[noted("person-read")])
async def refused(request: Request, person_id: UUID) -> None:
    request.state.actor = Actor(id=WHO, kind="token", grants=())
    raise NotAllowed


@router.get("/sign-in/{typed}", dependencies=[noted("sign-in")])
async def sign_in(request: Request, typed: str) -> None:
    about(request, WHOM)


@router.get("/closed/{typed}")
async def closed(typed: str) -> None:
    raise NotAllowed


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(site_of(settings_of("registry", tmp_path), [router])) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (f"/persons/{WHOM}?name=Canary", ("person-read", str(WHO), "user", [str(WHOM)], 200, "/persons/{person_id}")),
        (
            f"/persons/{WHOM}/refused",
            ("person-read", str(WHO), "token", [str(WHOM)], 403, "/persons/{person_id}/refused"),
        ),
        ("/sign-in/canary@example.org", ("sign-in", None, None, [str(WHOM)], 200, "/sign-in/{typed}")),
        ("/closed/canary@example.org", ("refused", None, None, [], 403, "/closed/{typed}")),
    ],
)
async def test_a_line_says_who_did_what_to_whom_by_ids_alone(
    client: httpx2.AsyncClient, path: str, line: tuple[object, ...]
) -> None:
    with capture_logs() as lines:
        await client.get(f"/registry{path}")
    (found,) = [one for one in lines if one.get("log") == "security"]
    event, who, kind, subjects, status, route = line
    assert {name: found[name] for name in ("event", "who", "kind", "about", "status", "route")} == {
        "event": event,
        "who": who,
        "kind": kind,
        "about": subjects,
        "status": status,
        "route": f"/registry{route}",
    }
    assert "anary" not in json.dumps(found)


async def test_what_concerns_nobodys_security_is_not_in_it(client: httpx2.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.get("/registry/nothing")
        await client.get("/healthz")
    assert not [one for one in lines if one.get("log") == "security"]


def test_no_level_of_the_log_takes_it_away(
    log_as_service: Callable[[ServiceName], None], capsys: pytest.CaptureFixture[str]
) -> None:
    log_as_service("registry")
    logging.getLogger().setLevel("ERROR")
    log.info("sign-out", log="security")
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["event"], line["log"], line["service"]) == ("sign-out", "security", "registry")


def test_operators_are_told_of_each_event() -> None:
    told = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert not [event for event in EVENTS if f"`{event}`" not in told]
