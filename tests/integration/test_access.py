"""Who is let in, in every service, and who no more: the table `access`, the guards of routes, the proof of forms."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, File, Form, Request, UploadFile
from sqlalchemy import select, text
from starlette.responses import StreamingResponse

from services.registry.models.granted import Rights
from services.registry.models.user import AddUser, User
from shared.clock import SystemClock
from shared.contracts.access import Access, Grant
from shared.database import Database
from shared.identifiers import new_id
from shared.identity import tokens
from shared.identity.access import access_table, apply, check, event_of, find_token, record_access
from shared.identity.sessions import COOKIE, SessionSigner, SignedSession
from shared.web.identity import CSRF_HEADER, Admin, Editor, Viewer, csrf_token
from shared.web.live import until_stopped
from tests.conftest import DatabaseUrl
from tests.web import PAGE, browser, key_files, program, settings_of, site_of, visitor

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

router = APIRouter()


@router.get("/api/v1/seen")
async def see(actor: Viewer) -> str:
    return f"{actor.kind} {actor.role}"


@router.post("/api/v1/changed")
async def change(actor: Editor) -> str:
    return str(actor.id)


@router.post("/changed")
async def change_by_form(actor: Editor, title: Annotated[str, Form()]) -> str:
    return title


@router.post("/upload")
async def upload(actor: Editor, file: Annotated[UploadFile, File()]) -> int:
    return len(await file.read())


@router.delete("/api/v1/all")
async def delete_all(actor: Admin) -> None: ...


@router.get("/stream")
async def stream(request: Request, actor: Viewer) -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        while True:
            yield await request.app.state.ticks.get()

    return StreamingResponse(until_stopped(request, ticks()), media_type="text/plain")


@router.get("/page")
async def page(actor: Viewer) -> str:
    return "a page"


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def app(database: Database, tmp_path: Path) -> AsyncIterator[FastAPI]:
    url = database.dsn
    app = site_of(settings_of("reporting", tmp_path, url), [router])
    yield app
    await app.state.service.database.close()


def access(kind: str = "user", version: int = 1, **fields: object) -> Access:
    given = {"id": new_id(), "kind": kind, "role": "editor", "version": version, "created_at": NOW, "updated_at": NOW}
    return Access.model_validate(given | fields)


async def hear(database: Database, *states: Access) -> None:
    async with database.transaction() as session:
        await apply(session, [event_of(state) for state in states])


async def known(database: Database, user: UUID) -> tuple[int, str, bool]:
    async with database.transaction() as session:
        row = (await session.execute(select(access_table).where(access_table.c.id == user))).one()
    return row.version, row.role, row.active


async def test_what_is_heard_in_any_order_and_more_than_once_ends_in_the_newest_version(database: Database) -> None:
    for order in permutations((1, 2, 3)):
        user = new_id()
        states = {v: access(id=user, version=v, role="admin" if v == 3 else "viewer", active=v != 2) for v in order}
        for version in (*order, *order):
            await hear(database, states[version])
        assert await known(database, user) == (3, "admin", True)
        together = access(id=new_id(), version=1), access(id=user, version=4), *states.values()
        await hear(database, *together, *together)
        assert await known(database, user) == (4, "editor", True)


async def test_an_account_that_is_not_heard_of_yet_is_taken_at_the_registrys_word(database: Database) -> None:
    async with database.transaction() as session:
        actor = await check(session, SignedSession(new_id(), "editor", NOW))
    assert actor is not None
    assert actor.role == "editor"


async def test_a_disabled_account_and_an_ended_session_are_over_in_this_service_too(database: Database) -> None:
    disabled, changed = access(active=False), access(sessions_since=NOW)
    await hear(database, disabled, changed)
    async with database.transaction() as session:
        assert await check(session, SignedSession(disabled.id, "editor", NOW)) is None
        assert await check(session, SignedSession(changed.id, "editor", NOW - timedelta(microseconds=1))) is None
        assert await check(session, SignedSession(changed.id, "editor", NOW)) is not None


async def test_a_role_that_was_lowered_holds_before_the_session_ends(database: Database) -> None:
    user = access(role="viewer")
    await hear(database, user)
    async with database.transaction() as session:
        actor = await check(session, SignedSession(user.id, "admin", NOW))
    assert actor is not None
    assert actor.role == "viewer"


async def test_grants_hold_in_each_service_and_an_account_without_them_has_its_role_everywhere(
    database: Database,
) -> None:
    scoped = access(role="viewer", grants=(Grant(role="coordinator", programme="A", countries=("KG",)),))
    older = access(role="editor")
    await hear(database, scoped, older)
    async with database.transaction() as session:
        first = await check(session, SignedSession(scoped.id, "viewer", NOW))
        second = await check(session, SignedSession(older.id, "viewer", NOW))
    assert first is not None
    assert second is not None
    assert first.may("editor", programme="A", countries=("KG",))
    assert not first.may("viewer", programme="B")
    assert second.may("editor", programme="B")


def test_a_reader_that_knows_no_grants_gives_the_lesser_right() -> None:
    for rights, lesser in (
        (Rights(role="admin"), "admin"),
        (Rights(role="editor", programmes=("A",)), "viewer"),
        (Rights(role="coordinator", countries=("KG",)), "viewer"),
    ):
        user = User.added(AddUser(email="a@b", name="Sample", **rights.model_dump()), None, NOW)
        assert user.access().role == lesser


async def test_a_token_works_until_it_is_revoked_or_over_and_an_unknown_one_never(database: Database) -> None:
    good, revoked, over = (tokens.new_token() for _ in range(3))
    await hear(
        database,
        access("token", token_hash=tokens.digest(good), expires_at=NOW + timedelta(seconds=1)),
        access("token", token_hash=tokens.digest(revoked), active=False),
        access("token", token_hash=tokens.digest(over), expires_at=NOW),
    )
    async with database.transaction() as session:
        assert await find_token(session, good, NOW) is not None
        for useless in (revoked, over, tokens.new_token(), "", tokens.digest(good)):
            assert await find_token(session, useless, NOW) is None


async def test_what_is_recorded_is_published_if_and_only_if_it_is_committed(database: Database) -> None:
    async def published() -> int:
        async with database.transaction() as session:
            return int((await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one())

    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await record_access(session, access())
            raise RuntimeError("changed my mind")
    assert await published() == 0
    async with database.transaction() as session:
        await record_access(session, access())
    assert await published() == 1


async def test_a_program_is_known_by_its_token_and_needs_no_proof(app: FastAPI) -> None:
    async with await program(app, "editor") as client:
        assert (await client.get("/reporting/api/v1/seen")).json() == "token editor"
        assert (await client.post("/reporting/api/v1/changed")).status_code == 200
        refused = await client.delete("/reporting/api/v1/all")
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This needs the role admin; yours is editor."


@pytest.mark.parametrize("authorization", ["Bearer rgt_unknown", "Bearer ", "Basic dXNlcjpwYXNz", "rgt_bare"])
async def test_a_wrong_token_is_refused_even_beside_a_good_session(
    app: FastAPI, tmp_path: Path, authorization: str
) -> None:
    async with browser(app, tmp_path) as client:
        response = await client.get("/reporting/api/v1/seen", headers={"authorization": authorization})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_form_of_our_own_is_taken_by_field_by_header_and_with_a_file(app: FastAPI, tmp_path: Path) -> None:
    async with browser(app, tmp_path) as client:
        proof = client.headers.pop(CSRF_HEADER)
        typed = await client.post("/reporting/changed", data={"csrf": proof, "title": "Обучение"})
        assert typed.json() == "Обучение"
        sent = await client.post("/reporting/upload", data={"csrf": proof}, files={"file": ("a.csv", b"x" * 3000)})
        assert sent.json() == 3000
        script = await client.post("/reporting/api/v1/changed", headers={CSRF_HEADER: proof})
        assert script.status_code == 200


Attempt = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]
FOREIGN: dict[str, Attempt] = {
    "without the proof": lambda client: client.post("/reporting/changed", data={"title": "x"}),
    "with a wrong one": lambda client: client.post("/reporting/changed", data={"title": "x", "csrf": "0" * 64}),
    "with one that is not ASCII": lambda client: client.post("/reporting/changed", data={"title": "x", "csrf": "п"}),
    "with a file for a proof": lambda client: client.post("/reporting/upload", files={"csrf": b"x", "file": b"x"}),
    "with another session's": lambda client: client.post(
        "/reporting/changed", data={"title": "x", "csrf": csrf_token("another")}
    ),
    "as JSON": lambda client: client.post("/reporting/api/v1/changed", json={"csrf": "x"}),
    "with the proof in the address": lambda client: client.post("/reporting/api/v1/changed?csrf=x"),
}


@pytest.mark.parametrize("attempt", FOREIGN.values(), ids=FOREIGN.keys())
async def test_a_change_that_none_of_our_pages_asked_for_is_refused(
    app: FastAPI, tmp_path: Path, attempt: Attempt
) -> None:
    async with browser(app, tmp_path) as client:
        del client.headers[CSRF_HEADER]
        response = await attempt(client)
    assert response.status_code == 403
    assert response.json()["type"].endswith("foreign-request")


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 200), ("http://registan.test", 200), ("http://127.0.0.1:8001", 200)],
)
async def test_even_with_the_proof_a_change_must_come_from_our_own_origin(
    app: FastAPI, tmp_path: Path, origin: str, status: int
) -> None:
    async with browser(app, tmp_path) as client:
        response = await client.post("/reporting/api/v1/changed", headers={"origin": origin})
    assert response.status_code == status


async def test_a_page_leads_to_the_sign_in_and_back(app: FastAPI) -> None:
    async with visitor(app, **PAGE) as client:
        response = await client.get("/reporting/page?country=KG&q=a%26b")
    assert response.status_code == 303
    target = httpx2.URL(response.headers["location"])
    assert str(target).startswith("http://127.0.0.1:8001/registry/sign-in?")
    assert target.params["next"] == "http://127.0.0.1:8002/reporting/page?country=KG&q=a%26b"


async def test_htmx_is_told_to_go_to_the_sign_in(app: FastAPI) -> None:
    async with visitor(app, **{"hx-request": "true"}) as client:
        response = await client.get("/reporting/page")
    assert response.headers["hx-redirect"] == "http://127.0.0.1:8001/registry/sign-in"


async def test_a_session_of_a_disabled_user_is_over_at_the_next_request(
    app: FastAPI, database: Database, tmp_path: Path
) -> None:
    user: UUID = new_id()
    async with browser(app, tmp_path, "viewer", user) as client:
        assert (await client.get("/reporting/api/v1/seen")).status_code == 200
        await hear(database, access(id=user, active=False))
        assert (await client.get("/reporting/api/v1/seen")).status_code == 401


async def test_a_token_cannot_be_used_as_a_session(app: FastAPI) -> None:
    async with await program(app) as client:
        secret = client.headers.pop("authorization").removeprefix("Bearer ")
        client.cookies.set(COOKIE, secret)
        assert (await client.get("/reporting/api/v1/seen")).status_code == 401


async def test_a_stream_ends_with_the_right_that_opened_it(app: FastAPI, database: Database, tmp_path: Path) -> None:
    long_after = datetime.now(UTC) + timedelta(minutes=1)
    for change in ({"active": False}, {"sessions_since": long_after}):
        user = access(role="viewer")
        end = user.model_copy(update={"version": 2, **change})
        await hear(database, user)
        ticks = app.state.ticks = asyncio.Queue[str]()
        ticks.put_nowait("first ")
        async with browser(app, tmp_path, "viewer", user.id) as client:
            open_stream = asyncio.create_task(client.get("/reporting/stream"))
            while not ticks.empty():
                await asyncio.sleep(0.01)
            await hear(database, end)
            ticks.put_nowait("secret ")
            assert (await asyncio.wait_for(open_stream, 20)).text == "first "


async def test_changes_beyond_the_allowance_are_refused_and_reading_goes_on(database: Database, tmp_path: Path) -> None:
    app = site_of(settings_of("reporting", tmp_path, database.dsn, writes_per_minute=2), [router])
    async with await program(app) as one, await program(app) as other:
        answers = [(await one.post("/reporting/api/v1/changed")).status_code for _ in range(2)]
        refused = await one.post("/reporting/api/v1/changed")
        assert (answers, refused.status_code) == ([200, 200], 429)
        assert 0 < int(refused.headers["retry-after"]) <= 30
        assert (await one.get("/reporting/api/v1/seen")).status_code == 200
        assert (await other.post("/reporting/api/v1/changed")).status_code == 200
    await app.state.service.database.close()


async def test_over_tls_the_session_is_kept_to_this_very_host(database: Database, tmp_path: Path) -> None:
    settings = settings_of("reporting", tmp_path, database.dsn, registry_url="https://registan.example.org")
    app = site_of(settings, [router])
    session = SessionSigner(key_files(tmp_path)[0]).sign(new_id(), "viewer", SystemClock().now())
    for name, status in (("__Host-registan_session", 200), ("registan_session", 401)):
        async with visitor(app, cookie=f"{name}={session}") as client:
            assert (await client.get("/reporting/api/v1/seen")).status_code == status
    await app.state.service.database.close()
