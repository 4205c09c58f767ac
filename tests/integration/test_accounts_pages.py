"""The page of accounts: administrators of all programmes give and take rights there, and each act is written down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from sqlmodel import col, select

from services.registry.models.account_change import AccountChange
from services.registry.models.user import AddUser, User
from services.registry.usecases.accounts.add_user import add_user
from shared.contracts.access import Grant
from shared.identity import SYSTEM
from tests.conftest import DatabaseUrl
from tests.office import Office, open_office
from tests.pages import Reader, english_in
from tests.web import browser, granted

ACCOUNTS = "/registry/accounts"
ADMIN = AddUser(email="admin@example.org", name="Sample Admin", role="admin")


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def administrator(office: Office, folder: Path) -> tuple[Reader, User]:
    user: User = await office.desk.do(_add, ADMIN)
    return Reader(browser(office.app, folder, "admin", user.id)), user


async def _add(session, command, *, actor, clock):  # type: ignore[no-untyped-def]
    return await add_user(session, command, actor=actor, clock=clock)


async def changes(office: Office) -> list[AccountChange]:
    async with office.desk.database.transaction() as session:
        return list(await session.exec(select(AccountChange).order_by(col(AccountChange.id))))


async def test_an_account_is_added_changed_disabled_and_enabled_and_each_act_names_who_did_it(
    office: Office, tmp_path: Path
) -> None:
    admin, user = await administrator(office, tmp_path)
    page = await admin.fill(
        await admin.open(f"{ACCOUNTS}/new"),
        f"{ACCOUNTS}/new",
        name="Sample Person 1",
        email="one@example.org",
        role="coordinator",
        programmes=["SAMPLE"],
        countries=["KG"],
    )
    assert "country coordinator: Kyrgyzstan; SAMPLE" in page.text
    (added,) = [each for each in await changes(office) if each.account_id != user.id]
    url = f"{ACCOUNTS}/{added.account_id}"
    person = Reader(browser(office.app, tmp_path, "viewer", added.account_id))
    await person.open("/registry/activities/new")
    page = await admin.fill(await admin.open(url), f"{url}/rights", role="viewer", programmes=["SAMPLE"])
    assert "viewer: SAMPLE" in page.text
    await person.open("/registry/activities/new", 403)
    page = await admin.fill(page, f"{url}/disable")
    assert "Password" in (await person.open("/registry/activities")).text, "the account has to sign in and cannot"
    await admin.fill(page, f"{url}/enable")
    linked = await admin.fill(await admin.open(url), f"{url}/link")
    assert "/registry/sign-in/link#" in linked.html
    acts = [each for each in await changes(office) if each.account_id == added.account_id]
    assert [each.what for each in acts] == ["added", "rights-changed", "disabled", "enabled", "link-made"]
    assert {each.actor_id for each in acts} == {user.id}
    assert "Sample Admin" in (await admin.open(url)).text
    for address in (ACCOUNTS, f"{ACCOUNTS}/new", url):
        admin.client.cookies.set("registan_language", "ru")
        page = await admin.open(address)
        assert page.mistakes == [], address
        assert english_in(page) == set(), address


async def test_what_makes_no_sense_is_said_beside_the_form_and_nothing_is_changed(
    office: Office, tmp_path: Path
) -> None:
    admin, user = await administrator(office, tmp_path)
    url = f"{ACCOUNTS}/{user.id}"
    before = len(await changes(office))
    page = await admin.fill(await admin.open(url), f"{url}/rights", 409, role="viewer")
    assert "last administrator" in page.text
    await admin.fill(await admin.open(url), f"{url}/disable", 409)
    page = await admin.fill(await admin.open(url), f"{url}/rights", 422, role="coordinator")
    assert "name it" in page.text
    assert len(await changes(office)) == before


async def test_only_an_administrator_of_all_programmes_hands_out_accounts(office: Office, tmp_path: Path) -> None:
    for grant in (Grant(role="admin", programme="SAMPLE"), Grant(role="editor"), Grant(role="viewer")):
        reader = Reader(await granted(office.app, tmp_path, grant))
        await reader.open(ACCOUNTS, 403)
        assert ACCOUNTS not in (await reader.open("/registry/activities")).links
    assert SYSTEM.may("admin", programme="*")
