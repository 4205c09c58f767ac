"""Lists of the registry are searched and sorted alike, whatever the alphabet and the spelling."""

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from tests.conftest import DatabaseUrl
from tests.office import Office, open_office

API = "/registry/api/v1"


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        await opened.desk.define(
            phases=[
                {"code": "1", "components": [{"code": "1", "name": {"en": "Trade facilitation", "ru": "Торговля"}}]}
            ]
        )
        yield opened


async def found(reader: Any, what: str = "activities", **asked: str) -> list[str]:
    answer = await reader.client.get(f"{API}/{what}", params={"programme": "SAMPLE", **asked})
    assert answer.status_code == 200, answer.text
    named = "title" if what == "activities" else "name"
    return [next(iter(item[named].values())) for item in answer.json()["items"]]


async def test_an_activity_is_found_by_title_code_place_component_and_in_either_alphabet(office: Office) -> None:
    plan = office.desk.plan
    await plan(
        title={"en": "Workshop on risk analysis"},
        code="S-7",
        component="1",
        place={"name": {"en": "Tashkent"}, "country": "UZ"},
    )
    await plan(title={"ru": "Отчёт о йодном растворе"})
    await plan(title={"en": "İstanbul Workshop"})
    await plan(title={"lv": "Seminārs Rīgā"})
    risk, report, istanbul, riga = (
        "Workshop on risk analysis",
        "Отчёт о йодном растворе",
        "İstanbul Workshop",
        "Seminārs Rīgā",
    )
    for words, right in (
        ("Tashkent", [risk]),
        ("Ташкент", [risk]),
        ("risk analysis tashkent", [risk]),
        ("tashkent s-7", [risk]),
        ("trade", [risk]),
        ("торговля ташкент", [risk]),
        ("отчет", [report]),
        (unicodedata.normalize("NFD", "йодном"), [report]),
        ("istanbul", [istanbul]),
        ("RIGA", [riga]),
        ("works istan", [istanbul]),
        ("tashkent istanbul", []),
        ("%", []),
        ("_", []),
    ):
        assert await found(office.viewer, text=words, sort="title") == right, words


async def test_names_of_people_find_their_activity_for_those_who_may_see_names(office: Office) -> None:
    activity = await office.desk.plan(title={"en": "Sample seminar"})
    await office.desk.register(activity, "Жээнбеков Жумабек")
    await office.desk.plan(title={"en": "Another seminar"})
    assert await found(office.editor, text="zheenbekov") == ["Sample seminar"]
    assert await found(office.editor, text="seminar Жээнбеков") == ["Sample seminar"]
    assert await found(office.viewer, text="zheenbekov") == []


async def test_titles_are_sorted_as_their_alphabet_is(office: Office) -> None:
    titles = ["İzmir", "Riga", "Rīgas", "Едва", "Ёлочный", "Ель", "Йод", "Нота", "Өзгөн", "Ясный"]
    for title in reversed(titles):
        await office.desk.plan(title={"en": title})
    assert await found(office.viewer, sort="title") == titles
    assert await found(office.viewer, sort="-title") == titles[::-1]


@pytest.mark.parametrize("text", ["гос тамож", "GOSUDARSTVENNAIA", "gts"])
async def test_an_organisation_is_found_in_either_alphabet(office: Office, text: str) -> None:
    name = "Государственная таможенная служба"
    command = AddOrganisation(programme="SAMPLE", name={"ru": name}, short_name={"ru": "ГТС"})
    await office.desk.do(add_organisation, command)
    await office.desk.do(add_organisation, AddOrganisation(programme="SAMPLE", name={"en": "Sample Agency"}))
    assert await found(office.viewer, "organisations", text=text) == [name]
