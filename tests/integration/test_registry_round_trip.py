"""What is exported and imported unchanged is no change: each list, as CSV and XLSX, for English and Russian readers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.registry.models import Registration
from tests.conftest import DatabaseUrl
from tests.office import Office, ahead, around_today, open_office

API = "/registry/api/v1"
ANY = {"if-match": "*"}
TEXTS = (
    "Workshop; with a semicolon",
    '"Манас" аэропорт',
    "“Жибек Жолу” – этап 2; часть 3",
    "=1+1",
    "-5 % of all",
    "@home; +996",
    "'quoted' from the start",
    "'=a formula in text",
    "A, B and C / D",
    '"A; B"',
    "007",
    "2.10",
    "May 2022",
    "Ёлочный йод Ģirts Şükrü ʻoʻ",
    "TRUE",
    "Two  spaces",
    "a|b | c",
    "100 %",
    "Кириллица под английским",
    "1e5",
    "x" * 400,
)
EACH_FILE = [(kind, language) for kind in ("csv", "xlsx") for language in ("en", "ru")]


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def nothing_new(office: Office, noun: str) -> None:
    """Import each file of a list as it was exported."""
    client = office.editor.client
    for kind, language in EACH_FILE:
        client.cookies.set("registan_language", language)
        file = await client.get(f"/registry/{noun}.{kind}")
        assert file.status_code == 200, file.text
        answer = await client.post(
            f"{API}/imports",
            files={"file": (f"{noun}.{kind}", file.content)},
            data={"programme": "SAMPLE", "noun": noun},
        )
        assert answer.status_code == 201, answer.text
        report = answer.json()["report"]
        different = [
            (row["code"], row["outcome"], row["changes"], row["errors"])
            for row in report["rows"]
            if row["outcome"] != "unchanged"
        ]
        assert different == [], (kind, language)
        assert report["unknown_columns"] == [], (kind, language)
        assert report["total"] > 0


async def make(office: Office, path: str, **state: Any) -> dict[str, Any]:
    answer = await office.editor.client.post(f"{API}/{path}", json=state)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_activities(office: Office) -> None:
    plan = office.desk.plan
    for number, said in enumerate(TEXTS):
        await plan(
            code=f"t-{number}",
            title={"en": said},
            description={"en": f"{said}\nsecond line", "ru": said},
            co_organisers=[{"name": said}, {"name": "Other"}],
            expert_organisations=[{"name": said}],
            outputs=[said, "Manual"],
            sources=[said, "https://example.org/a;b"],
            series=said,
            place={"name": {"en": said}, "country": "KG"},
        )
    languages = {"en": "Ru here", "ru": "Latin in Russian", "ky": "Кыргызча", "lv": "Latviski"}
    await plan(code="languages", title=languages, place={"name": {"ru": "Ош", "en": "Osh"}}, host_country="KG")
    await plan(
        code="only-ky", title={"ky": "Кыргызча гана"}, place={"name": {"ky": "Ош"}, "country": "KZ"}, host_country="KG"
    )
    await plan(code="component", component="1", phase="1", delivery="hybrid", scope="regional")
    await plan(code="general", component="general", protected=True, beneficiary_countries=["NA", "KZ"])
    for number, starts in enumerate(("2022", "2022-09", "2022-05-01/2022-05-16", "../2022-05-16", "2022-05/..", None)):
        await plan(code=f"date-{number}", starts=starts, ends=None)
        await plan(code=f"end-{number}", starts=None, ends=starts)
    await plan(code="both", starts="2022-05", ends="2022-07", time_zone="Asia/Bishkek")
    await plan(code="expected", **ahead(), expected=25, status="confirmed")
    for precision in ("exact", "at-least", "estimated"):
        headcount = {"total": 1234, "women": 12, "precision": precision, "by_country": {"KG": 7, "KZ": 20}}
        await plan(code=f"heads-{precision}", status="held", headcount=headcount)
    cancelled = await plan(code="cancelled", **ahead())
    await office.desk.cancel(cancelled, reason="No room; sorry")
    gone, kept = await plan(code="gone", sources=["https://example.org/9"]), await plan(code="kept")
    merged = await office.editor.client.post(
        f"{API}/activities/{gone.id}/merge", json={"into": str(kept.id)}, headers=ANY
    )
    assert merged.status_code == 200, merged.text
    linked = await make(office, "organisations", programme="SAMPLE", name={"en": "Linked; agency"})
    await plan(code="linked", co_organisers=[{"name": "Linked; agency", "id": linked["id"]}])
    await nothing_new(office, "activities")


async def test_organisations(office: Office) -> None:
    for number, said in enumerate(TEXTS):
        await make(
            office, "organisations", programme="SAMPLE", name={"en": f"{said} {number}"}, short_name={"ru": said}
        )
    names = {"en": "Сustoms", "ru": "Customs", "ky": "Бажы", "de": "Zoll"}
    parent = await make(office, "organisations", programme="SAMPLE", name=names, kind="customs", country="KG")
    unit = {"programme": "SAMPLE", "name": {"lv": "Tāpat"}, "kind": "unknown", "parent_id": parent["id"]}
    await make(office, "organisations", **unit)
    await make(office, "organisations", **unit | {"country": "NA"})
    await make(office, "organisations", programme="SAMPLE", name=names, country="KZ")
    await nothing_new(office, "organisations")


async def test_outputs(office: Office) -> None:
    one, two = await office.desk.plan(code="=one; two"), await office.desk.plan(code="two")
    for number, said in enumerate(TEXTS):
        handovers = [
            {"to": {"name": said}, "country": "KG", "on": "2023-05"},
            {"country": "KZ"},
            {"to": {"name": said}},
        ]
        await make(
            office,
            "outputs",
            programme="SAMPLE",
            kind="manual",
            code=f"o-{number}",
            title={"en": said},
            description={"ru": said},
            sources=[said],
            series=said,
            handovers=handovers,
            activities=[str(one.id), str(two.id)],
        )
    translations = [{"language": "ru", "on": "2023-05/2023-07"}, {"language": "ky"}]
    days = {"expected": "2023", "drafted_on": "2023-02", "translations": translations, "languages": ["en", "tg"]}
    texts = {"title": {"ky": "Китепче", "ru": "Book"}, "kind": "handbook"}
    await make(office, "outputs", programme="SAMPLE", phase="1", component="1", **days, **texts)
    await make(office, "outputs", programme="SAMPLE", **texts, drafted=True)
    dropped = await make(office, "outputs", programme="SAMPLE", **texts)
    body = {"reason": "Another one; replaces it"}
    answer = await office.editor.client.post(f"{API}/outputs/{dropped['id']}/drop", json=body, headers=ANY)
    assert answer.status_code == 200
    await nothing_new(office, "outputs")


@pytest.mark.parametrize(("kind", "language"), EACH_FILE)
async def test_participants(office: Office, kind: str, language: str) -> None:
    activity = await office.desk.plan(**around_today())
    await office.desk.register(
        activity,
        "Жээнбекова Гүлнара",
        email="a@example.org",
        gender="female",
        country="KG",
        role="trainer",
        organisation={"name": "Customs; Osh"},
    )
    came = await office.desk.register(activity, "O'Neil-Sample Ann", gender="other", country="NA")
    await office.editor.client.put(f"{API}/registrations/{came.id}/attendance/{activity.starts}")
    await office.desk.register(activity, "Sample Nominated", status="nominated")
    gone = await office.desk.register(activity, "Sample Withdrawn")
    await office.editor.client.post(f"{API}/registrations/{gone.id}/withdraw", headers=ANY)
    before = [(each.registration.id, each.registration.version) for each in await office.people(activity)]
    office.editor.client.cookies.set("registan_language", language)
    url = f"/registry/activities/{activity.id}/registrations"
    file = await office.editor.client.get(f"{url}.{kind}")
    page = await office.editor.open(f"{url}/list")
    files = {"file": (f"people.{kind}", file.content)}
    form = page.form(f"{url}/list")
    answer = await office.editor.client.post(
        f"{url}/list", data={**form.fields, "status": "registered", "rows": ""}, files=files
    )
    assert answer.status_code == 200, answer.text
    for said in ("error", "wrong"):
        assert f'class="{said}"' not in answer.text
    assert (
        "4 rows are recorded already as they stand" if language == "en" else "4 строки уже записаны так"
    ) in answer.text
    assert 'name="accept"' not in answer.text, "there is nothing to accept"
    after = [(each.registration.id, each.registration.version) for each in await office.people(activity)]
    assert after == before
    assert json.loads((await office.desk.read(Registration, gone.id)).model_dump_json())["status"] == "withdrawn"
