"""The way in and out of the registry: by password, by a one-time link, and who is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import select
from structlog.testing import capture_logs

from services.registry.first_admin import sign_in_link
from services.registry.http.pages import sign_in as pages
from services.registry.models.sign_in import LinkIsOver, TooManyAttempts, WrongCredentials
from services.registry.models.token import CreateToken, TokenNameTaken, TokenNotFound
from services.registry.models.user import AddUser, EmailTaken, User
from services.registry.usecases.accounts import one_time_link as links
from services.registry.usecases.accounts import sign_in as signing_in
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.accounts.create_token import create_token
from services.registry.usecases.accounts.disable_user import disable_user
from services.registry.usecases.accounts.end_sessions import end_sessions
from services.registry.usecases.accounts.revoke_token import revoke_token
from services.registry.usecases.accounts.sign_in import FREE, LONGEST, sign_in
from shared.database import Database
from shared.identity import SYSTEM, passwords
from shared.identity.access import find_token
from shared.identity.passwords import UnsuitablePassword
from shared.identity.sessions import COOKIE, SessionSigner
from shared.web.identity import csrf_token
from tests.conftest import DatabaseUrl
from tests.web import PAGE, key_files, settings_of, site_of, visitor

PASSWORD = "seven quiet caravans"
EMAIL = "sample.person.1@example.org"
SAMPLE = AddUser(email=EMAIL, name="Sample Person 1", role="editor", password=PASSWORD)


class SetClock:
    """Shows the time it is set to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_(self, time: timedelta) -> None:
        self.time += time


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("registry"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def app(database: Database, tmp_path: Path, clock: SetClock) -> AsyncIterator[FastAPI]:
    url = database.dsn
    signer = SessionSigner(key_files(tmp_path)[0])
    app = site_of(settings_of("registry", tmp_path, url), [pages.router], clock=clock, signer=signer)
    yield app
    await app.state.service.database.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(app, **PAGE) as client:
        yield client


@pytest.fixture
async def user(database: Database, clock: SetClock) -> User:
    async with database.transaction() as session:
        return await add_user(session, SAMPLE, actor=SYSTEM, clock=clock)


async def enter(client: httpx2.AsyncClient, password: str = PASSWORD, **fields: str) -> httpx2.Response:
    return await client.post("/registry/sign-in", data={"email": EMAIL, "password": password, **fields})


def proof(client: httpx2.AsyncClient) -> dict[str, str]:
    return {"csrf": csrf_token(client.cookies[COOKIE])}


async def new_link(database: Database, user: User, clock: SetClock) -> str:
    """The secret of a link, as the browser has it."""
    async with database.transaction() as session:
        address = await links.one_time_link(session, user, registry_url="http://registan.test", clock=clock)
    page, _, secret = address.partition("#")
    assert page == "http://registan.test/registry/sign-in/link"
    return secret


async def test_with_the_right_password_one_is_in_for_twelve_hours(
    client: httpx2.AsyncClient, user: User, clock: SetClock
) -> None:
    response = await enter(client, email="Sample.Person.1@Example.ORG")
    assert response.status_code == 303
    assert response.headers["location"] == "/registry/"
    (cookie,) = [c for c in response.headers.get_list("set-cookie") if c.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert (await client.get("/registry/password")).status_code == 200
    clock.pass_(timedelta(hours=12))
    assert (await client.get("/registry/password")).status_code == 303


async def test_one_goes_on_to_where_one_wanted_and_never_to_a_stranger(client: httpx2.AsyncClient, user: User) -> None:
    page = await client.get("/registry/sign-in", params={"next": "http://127.0.0.1:8002/reporting/"})
    assert 'value="http://127.0.0.1:8002/reporting/"' in page.text
    wanted = await enter(client, next="http://127.0.0.1:8002/reporting/")
    assert wanted.headers["location"] == "http://127.0.0.1:8002/reporting/"
    stranger = await enter(client, next="https://evil.example/")
    assert stranger.headers["location"] == "/registry/"


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "seven quiet caravan"},
        {"email": "sample.person.2@example.org"},
        {"password": ""},
        {"email": "\x00"},
    ],
)
async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    client: httpx2.AsyncClient, user: User, fields: dict[str, str]
) -> None:
    response = await client.post("/registry/sign-in", data={"email": EMAIL, "password": PASSWORD} | fields)
    assert response.status_code == 401
    assert "E-mail address and password do not belong together" in response.text
    assert COOKIE not in client.cookies


async def test_what_was_typed_stays_but_the_password(client: httpx2.AsyncClient, user: User) -> None:
    response = await enter(client, "not my password at all")
    assert EMAIL in response.text
    assert "not my password at all" not in response.text


async def test_a_disabled_account_is_not_let_in_and_whoever_is_in_is_out(
    client: httpx2.AsyncClient, database: Database, user: User, clock: SetClock
) -> None:
    await enter(client)
    clock.pass_(timedelta(seconds=1))
    async with database.transaction() as session:
        await disable_user(session, EMAIL, actor=SYSTEM, clock=clock)
    assert (await client.get("/registry/password")).status_code == 303
    assert (await enter(client)).status_code == 401


async def guess(database: Database, clock: SetClock, address: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await sign_in(database, EMAIL, "wrong", address, clock=clock)


async def test_each_wrong_password_makes_the_next_try_from_there_wait_longer(
    database: Database, user: User, clock: SetClock
) -> None:
    await guess(database, clock, "192.0.2.1", FREE)
    for seconds in (1, 2, 4, 8):
        for _ in range(3):  # what is refused is not counted
            with pytest.raises(TooManyAttempts) as refused:
                await sign_in(database, EMAIL, PASSWORD, "192.0.2.1", clock=clock)
            assert refused.value.headers == {"retry-after": str(seconds)}
        clock.pass_(timedelta(seconds=seconds))
        await guess(database, clock, "192.0.2.1")
    clock.pass_(LONGEST)
    assert (await sign_in(database, EMAIL, PASSWORD, "192.0.2.1", clock=clock)).id == user.id
    await guess(database, clock, "192.0.2.1", FREE)  # and it begins again


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(days=1)])
async def test_a_clock_that_was_ahead_keeps_nobody_out_and_lets_nobody_stay(
    client: httpx2.AsyncClient, user: User, clock: SetClock, ahead: timedelta
) -> None:
    """Neither when sessions were ended by it, nor when somebody mistyped a password by it."""
    await enter(client)
    clock.pass_(ahead)
    await enter(client)
    assert (await client.post("/registry/sign-out", data=proof(client))).status_code == 303
    assert (await enter(client, "not my password")).status_code == 401
    clock.pass_(-ahead)
    for _ in range(2):
        assert (await enter(client)).status_code == 303
        assert (await client.get("/registry/password")).status_code == 200
        cookie, csrf = client.cookies[COOKIE], proof(client)
        assert (await client.post("/registry/sign-out", data=csrf)).status_code == 303
        again = await client.get("/registry/password", headers={"cookie": f"{COOKIE}={cookie}"})
        assert again.status_code == 303, "signed out is signed out, by whatever clock"


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(hours=1), timedelta(days=1)])
async def test_a_session_signed_by_a_clock_that_was_ahead_stays_ended_when_that_time_comes(
    client: httpx2.AsyncClient, user: User, clock: SetClock, ahead: timedelta
) -> None:
    clock.pass_(ahead)
    await enter(client)
    signed_ahead = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    clock.pass_(-ahead)
    await enter(client)
    assert (await client.post("/registry/sign-out", data=proof(client))).status_code == 303
    client.cookies.clear()
    for later in (timedelta(0), ahead, timedelta(hours=11)):
        clock.pass_(later)
        answer = await client.get("/registry/password", headers=signed_ahead)
        assert answer.headers["location"].startswith("http://127.0.0.1:8001/registry/sign-in")


async def test_a_sign_in_that_is_under_way_while_the_password_is_changed_signs_nobody_in(
    client: httpx2.AsyncClient, database: Database, user: User, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = passwords.matches

    async def slowly(password: str, kept: str | None) -> bool:
        right = await matches(password, kept)
        async with database.transaction() as session:
            await end_sessions(session, user.id, clock=clock)
        return right

    monkeypatch.setattr(passwords, "matches", slowly)
    clock.pass_(timedelta(seconds=1))
    await enter(client)
    assert (await client.get("/registry/password")).status_code == 303


async def test_nobody_can_keep_another_one_out(database: Database, user: User, clock: SetClock) -> None:
    for number in range(3):
        await guess(database, clock, f"192.0.2.{number}", FREE)
    assert (await sign_in(database, EMAIL, PASSWORD, "192.0.2.99", clock=clock)).id == user.id


async def test_guesses_at_the_same_moment_are_counted_like_guesses_in_a_row(
    database: Database, user: User, clock: SetClock
) -> None:
    guesses = [sign_in(database, EMAIL, f"guess {n}", "192.0.2.1", clock=clock) for n in range(FREE * 3)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(answer, WrongCredentials) for answer in answers) == FREE
    assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == FREE * 2


async def test_who_tries_one_password_on_all_accounts_is_slowed_down_and_who_shares_their_address_gets_in(
    database: Database, user: User, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "MANY_FROM_ADDRESS", 5)
    slept = AsyncMock()
    monkeypatch.setattr(asyncio, "sleep", slept)
    for number in range(5):
        with pytest.raises(WrongCredentials):
            await sign_in(database, f"sample.person.{number + 2}@example.org", PASSWORD, "192.0.2.7", clock=clock)
    slept.assert_not_awaited()
    assert (await sign_in(database, EMAIL, PASSWORD, "192.0.2.7", clock=clock)).id == user.id
    slept.assert_awaited_once_with(signing_in.A_MOMENT)


async def test_too_many_attempts_are_answered_with_when_to_come_back(client: httpx2.AsyncClient, user: User) -> None:
    for _ in range(FREE):
        await enter(client, "wrong")
    refused = await enter(client)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "too many wrong passwords" in refused.text


async def test_another_site_cannot_sign_its_visitor_in(app: FastAPI, user: User) -> None:
    async with visitor(app, origin="https://evil.example", **PAGE) as client:
        assert (await enter(client)).status_code == 403


async def test_a_link_signs_in_once(
    client: httpx2.AsyncClient, app: FastAPI, database: Database, user: User, clock: SetClock
) -> None:
    secret = await new_link(database, user, clock)
    first = await client.post("/registry/sign-in/link", data={"secret": secret})
    assert first.status_code == 303
    assert (await client.get("/registry/password")).status_code == 200
    async with visitor(app, **PAGE) as thief:
        second = await thief.post("/registry/sign-in/link", data={"secret": secret})
        assert second.status_code == 401
        assert "was used already" in second.text
        assert COOKIE not in thief.cookies


async def test_a_link_used_twice_at_once_signs_in_once(database: Database, user: User, clock: SetClock) -> None:
    secret = await new_link(database, user, clock)

    async def redeem() -> User:
        async with database.transaction() as session:
            return await links.redeem_link(session, secret, clock=clock)

    answers = await asyncio.gather(*(redeem() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, LinkIsOver) for answer in answers) == 3


async def test_looking_at_a_links_page_does_not_use_the_link_up(
    client: httpx2.AsyncClient, database: Database, user: User, clock: SetClock
) -> None:
    secret = await new_link(database, user, clock)
    assert (await client.get("/registry/sign-in/link")).status_code == 200
    assert (await client.post("/registry/sign-in/link", data={"secret": secret})).status_code == 303


@pytest.mark.parametrize("late", [timedelta(minutes=15), timedelta(days=2)])
async def test_a_link_is_over_after_a_quarter_of_an_hour(
    database: Database, user: User, clock: SetClock, late: timedelta
) -> None:
    secret = await new_link(database, user, clock)
    clock.pass_(late)
    with pytest.raises(LinkIsOver):
        async with database.transaction() as session:
            await links.redeem_link(session, secret, clock=clock)


async def test_neither_secrets_nor_names_are_in_the_log_the_outbox_or_readable_in_the_database(
    client: httpx2.AsyncClient, database: Database, user: User, clock: SetClock
) -> None:
    secret = await new_link(database, user, clock)
    with capture_logs() as lines:
        await enter(client, "a wrong password")
        await enter(client)
        await client.post("/registry/sign-in/link", data={"secret": secret})
    written = json.dumps(lines, default=str)
    async with database.transaction() as session:
        for table in ("outbox", "access", "sign_in_link", "sign_in_attempt"):
            rows = await session.execute(text(f"SELECT t::text, encode(t::text::bytea, 'escape') FROM {table} t"))  # noqa: S608
            written += "".join(str(row) for row in rows)
        written += "".join(
            str(row) for row in await session.execute(text("SELECT convert_from(value, 'UTF8') FROM outbox"))
        )
        stored = (await session.execute(text('SELECT password_hash FROM "user"'))).scalar_one()
    for private in (secret, PASSWORD, EMAIL, "Sample Person"):
        assert private not in written
    assert stored.startswith("$argon2id$")


async def test_whoever_came_by_link_sets_a_password_without_knowing_an_old_one(
    client: httpx2.AsyncClient, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as session:
        user = await add_user(session, SAMPLE.model_copy(update={"password": None}), actor=SYSTEM, clock=clock)
    arrived = await client.post("/registry/sign-in/link", data={"secret": await new_link(database, user, clock)})
    assert arrived.headers["location"] == "/registry/password"
    clock.pass_(timedelta(minutes=1))
    refused = await client.post("/registry/password", data={"password": "short", **proof(client)})
    assert refused.status_code == 422
    assert "at least 12 characters" in refused.text
    saved = await client.post("/registry/password", data={"password": PASSWORD, **proof(client)})
    assert saved.status_code == 303
    assert (await enter(client)).status_code == 303


async def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(
    app: FastAPI, client: httpx2.AsyncClient, user: User, clock: SetClock
) -> None:
    async with visitor(app, **PAGE) as elsewhere:
        await enter(elsewhere)
        await enter(client)
        clock.pass_(timedelta(minutes=1))
        wrong = {"current": "not it, surely not", "password": "nine loud camels", **proof(client)}
        assert "This is not your current password." in (await client.post("/registry/password", data=wrong)).text
        right = wrong | {"current": PASSWORD}
        assert (await client.post("/registry/password", data=right)).status_code == 303
        assert (await client.get("/registry/password")).status_code == 200
        assert (await elsewhere.get("/registry/password")).status_code == 303
        assert (await enter(elsewhere)).status_code == 401
        assert (await enter(elsewhere, "nine loud camels")).status_code == 303


async def test_signing_out_ends_the_session_itself_and_not_only_the_cookie(
    client: httpx2.AsyncClient, user: User, clock: SetClock
) -> None:
    await enter(client)
    stolen = client.cookies[COOKIE]
    clock.pass_(timedelta(seconds=1))
    response = await client.post("/registry/sign-out", data=proof(client))
    assert response.headers["location"] == "/registry/sign-in"
    assert "You are signed out." in (await client.get("/registry/sign-in")).text
    client.cookies.set(COOKIE, stolen)
    assert (await client.get("/registry/password")).status_code == 303


async def test_an_address_has_one_account_however_it_is_written(
    database: Database, user: User, clock: SetClock
) -> None:
    again = SAMPLE.model_copy(update={"email": EMAIL.upper()})
    with pytest.raises(EmailTaken):
        async with database.transaction() as session:
            await add_user(session, again, actor=SYSTEM, clock=clock)


async def test_an_account_is_not_added_with_a_password_that_is_guessed_first(
    database: Database, clock: SetClock
) -> None:
    with pytest.raises(UnsuitablePassword):
        async with database.transaction() as session:
            await add_user(session, SAMPLE.model_copy(update={"password": EMAIL}), actor=SYSTEM, clock=clock)


async def test_a_token_is_known_at_once_and_unknown_once_revoked_and_its_name_is_free_again(
    database: Database, clock: SetClock
) -> None:
    command = CreateToken(name="figures of a partner", role="viewer")
    async with database.transaction() as session:
        _token, secret = await create_token(session, command, actor=SYSTEM, clock=clock)
    async with database.transaction() as session:
        assert await find_token(session, secret, clock.now()) is not None
    with pytest.raises(TokenNameTaken):
        async with database.transaction() as session:
            await create_token(session, command, actor=SYSTEM, clock=clock)
    async with database.transaction() as session:
        await revoke_token(session, command.name, actor=SYSTEM, clock=clock)
        assert await find_token(session, secret, clock.now()) is None
        await create_token(session, command, actor=SYSTEM, clock=clock)
    with pytest.raises(TokenNotFound):
        async with database.transaction() as session:
            await revoke_token(session, "never made", actor=SYSTEM, clock=clock)


async def test_the_form_speaks_the_language_of_its_reader(client: httpx2.AsyncClient) -> None:
    page = await client.get("/registry/sign-in", headers={"accept-language": "ru"})
    assert "Адрес электронной почты" in page.text
    assert "E-mail" not in page.text


async def test_a_first_start_has_an_administrator_and_each_start_a_new_link(
    client: httpx2.AsyncClient, database: Database, tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in {
        "REGISTRY_DATABASE_URL": database.dsn,
        "REGISTRY_PORT": "8001",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "SESSION_PUBLIC_KEY_FILE": str(key_files(tmp_path)[1]),
    }.items():
        monkeypatch.setenv(f"REGISTAN_{variable}", value)
    clock.time = datetime.now(UTC)
    lines = [await sign_in_link() for _ in range(2)]
    async with database.transaction() as session:
        (admin,) = await session.exec(select(User))
    assert (admin.role, admin.password_hash) == ("admin", None)
    for line in lines:
        answer = await client.post("/registry/sign-in/link", data={"secret": line.partition("#")[2]})
        assert answer.status_code == 303
    async with database.transaction() as session:  # which no use case does to the last one
        await session.execute(text('UPDATE "user" SET active = false'))
    assert "registan users add" in await sign_in_link()
