"""Outputs are brought as lists like activities: steps in cells, activities by their codes; by page, API and command."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.registry.models import Output
from services.registry.usecases.outputs.sheet import OUTPUTS_SHEET, handover_cell, translation_cell
from shared.contracts.base import OrganisationReference
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.outputs import Handover, Translation
from tests.conftest import DatabaseUrl
from tests.office import Office, around_today, open_office

API = "/registry/api/v1"
HEAD = "id,title_en,title_ru,kind,phase,activities,languages,drafted on,translations,handovers,status\n"


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def sent(office: Office, text: str) -> dict[str, Any]:
    answer = await office.editor.client.post(
        f"{API}/imports", data={"programme": "SAMPLE", "noun": "outputs", "pasted": text.replace(",", "\t")}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def accepted(office: Office, sent_list: dict[str, Any], **choices: Any) -> dict[str, Any]:
    answer = await office.editor.client.post(f"{API}/imports/{sent_list['id']}/accept", json=choices)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_outputs_are_recorded_in_the_state_that_their_cells_tell_of(office: Office) -> None:
    activity = await office.desk.plan(**around_today(), code="sample-1")
    rows = (
        HEAD
        + "o-1,Sample manual,Руководство,manual,1,sample-1,English,May 2023,ru (2023-06); uz,"
        + "Sample Agency | KG | 2023-07; | TJ,handed over\n"
        + "o-2,Sample study,,исследование,1,,,,,,\n"
        + "o-3,Sample application,,mobile app,,,ru;en,,,,drafted\n"
        + "o-4,Sample handbook,,handbook,1,,,,,,dropped\n"
    )
    listed = await sent(office, rows)
    assert [row["errors"] for row in listed["report"]["rows"]] == [[], [], [], []]
    done = await accepted(office, listed)
    one, two, three, four = [await office.desk.read(Output, row["id"]) for row in done["rows"]]
    assert (one.status, one.activities, one.languages, str(one.drafted_on)) == (
        "handed-over",
        (activity.id,),
        ("en",),
        "2023-05",
    )
    assert one.translations == (
        Translation(language="ru", on=FuzzyDate.parse("2023-06")),
        Translation(language="uz"),
    )
    agency = OrganisationReference(name="Sample Agency")
    assert one.handovers == (
        Handover(to=agency, country="KG", on=FuzzyDate.parse("2023-07")),
        Handover(country="TJ"),
    )
    assert [each.status for each in (two, three, four)] == ["planned", "drafted", "dropped"]
    again = (await sent(office, rows))["report"]["counts"]
    assert again["unchanged"] == 4, again
    changed = await sent(office, HEAD + "o-2,,,,,sample-1,,2024-02,,,\n")
    assert {each["field"] for each in changed["report"]["rows"][0]["changes"]} == {"activities", "drafted_on", "status"}
    await accepted(office, changed)
    assert (await office.desk.read(Output, two.id)).status == "drafted"
    undone = await office.editor.client.post(f"{API}/imports/{changed['id']}/undo", json={})
    assert undone.json()["restored"] == 1, undone.text
    assert (await office.desk.read(Output, two.id)).status == "planned"
    undone = await office.editor.client.post(f"{API}/imports/{listed['id']}/undo", json={})
    assert undone.status_code == 409, "the second row was changed since, and back"
    listing = await office.editor.client.get(f"{API}/outputs")
    assert len(listing.json()["items"]) == 4


@pytest.mark.parametrize(
    ("row", "problem", "field"),
    [
        ("o-1,Manual,,manual,1,nothing-like-it,,,,,", "unknown-activity", "activities"),
        ("o-1,Manual,,song,1,,,,,,", "unknown-word", "kind"),
        ("o-1,Manual,,manual,9,,,,,,", "unknown-phase", "phase"),
        ("o-1,Manual,,manual,1,,Klingonian,,,,", "unknown-word", "languages"),
        ("o-1,Manual,,manual,1,,,,,,translated", "step-not-in-its-column", "status"),
        ("o-1,Manual,,manual,1,,,,,Agency | Atlantis,", "not-a-country", "handovers"),
        ("o-1,Manual,,manual,1,,,2040-01,,,", "step-still-ahead", "drafted_on"),
    ],
)
async def test_what_cannot_be_read_is_an_error_of_its_cell(office: Office, row: str, problem: str, field: str) -> None:
    (found,) = (await sent(office, HEAD + row + "\n"))["report"]["rows"]
    assert [(each["problem"], each["field"]) for each in found["errors"]] == [(problem, field)]


async def test_outputs_are_imported_from_the_page_and_exported_as_they_are_imported(office: Office) -> None:
    await office.desk.plan(**around_today(), code="sample-1")
    page = await office.editor.open("/registry/import?noun=outputs")
    rows = (HEAD + "o-1,Sample manual,,manual,1,sample-1,en,,ru,Agency; Sample | KG,\n").replace(",", "\t")
    page = await office.editor.fill(page, "/registry/import", pasted=rows, noun="outputs")
    assert "Sample manual" in page.text and page.mistakes == []
    action = next(form.action for form in page.forms if "token" in form.fields)
    page = await office.editor.fill(page, action)
    assert "1 row recorded" in page.text
    for kind in ("csv", "xlsx"):
        for language in ("en", "ru"):
            office.editor.client.cookies.set("registan_language", language)
            file = await office.editor.client.get(f"/registry/outputs.{kind}")
            answer = await office.editor.client.post(
                f"{API}/imports",
                files={"file": (f"outputs.{kind}", file.content)},
                data={"programme": "SAMPLE", "noun": "outputs"},
            )
            report = answer.json()["report"]
            assert report["unknown_columns"] == [] and set(report["columns"].values()) <= set(OUTPUTS_SHEET.columns)
            assert report["counts"]["unchanged"] == report["total"] == 1, (kind, language, report["rows"])


def test_a_step_is_written_as_it_is_read() -> None:
    read = OUTPUTS_SHEET.columns["handovers"].read
    for handover in (
        Handover(to=OrganisationReference(name="Customs, KG"), country="KG", on=FuzzyDate.parse("2023-05/2023-07")),
        Handover(to=OrganisationReference(name="Customs"), on=FuzzyDate.parse("2023")),
        Handover(country="KG", on=FuzzyDate.parse("2023-05-01")),
        Handover(country="KG"),
        Handover(to=OrganisationReference(name="Kyrgyzstan")),
    ):
        assert read(handover_cell(handover)) == (handover,)
    for translation in (Translation(language="ru"), Translation(language="uz", on=FuzzyDate.parse("2023"))):
        assert OUTPUTS_SHEET.columns["translations"].read(translation_cell(translation)) == (translation,)
