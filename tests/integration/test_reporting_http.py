"""Reporting over HTTP: figures as JSON, CSV and pages, and the stream that keeps a page up to date."""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from python_calamine import CalamineWorkbook
from sqlalchemy import event

from services.reporting import gauges
from services.reporting.figures.releasing import Releases
from services.reporting.http import api, pages
from services.reporting.live import Pulse
from services.reporting.rules import CURRENT, RULES
from shared.contracts.access import Access, Grant
from shared.database import Database
from shared.identifiers import new_id
from shared.identity.access import record_access
from shared.telemetry import metrics
from tests.conftest import DatabaseUrl
from tests.integration import facts
from tests.web import PAGE, browser, granted, settings_of, site_of

API = "/reporting/api/v1"


@dataclass(frozen=True)
class House:
    """Reporting in this process, an editor who looks at it, and a viewer."""

    app: FastAPI
    database: Database
    pulse: Pulse
    editor: httpx2.AsyncClient
    viewer: httpx2.AsyncClient

    async def json(self, path: str, **query: Any) -> Any:
        answer = await self.editor.get(API + path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def page(self, path: str, **query: Any) -> str:
        answer = await self.editor.get("/reporting" + path, params=query or None, headers=PAGE)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def house(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[House]:
    settings = settings_of("reporting", tmp_path, database_url("reporting"), registry_url="http://registry.test")
    database = Database(settings.database_url.get_secret_value(), pool_size=4)
    pulse, stop = Pulse(database), asyncio.Event()
    app = site_of(settings, [api.router, pages.router], pulse=pulse)
    beating = asyncio.create_task(pulse.run(stop))
    async with browser(app, tmp_path, "editor") as editor, browser(app, tmp_path, "viewer") as viewer:
        yield House(app, database, pulse, editor, viewer)
    stop.set()
    await beating
    await app.state.service.database.close()
    await database.close()


async def fill(house: House) -> None:
    await facts.tell(
        house.database,
        facts.programme(countries=("KG", "UZ")),
        facts.activity("a", starts="2021-12-01", headcount={"total": 30, "women": 9}),
        facts.activity("b", kind="workshop", beneficiary_countries=["KG", "UZ"]),
        facts.activity("=c", phase="9", component=None, starts=None, title={"en": '=HYPERLINK("x")'}),
        *(facts.registration(str(n), of="b", gender="female" if n else "male", country="KG") for n in range(7)),
    )


async def test_the_figures_of_all_rules_come_in_one_answer(house: House) -> None:
    await fill(house)
    figures = (await house.json("/figures", phase="10"))["items"]
    assert {figure["rule"]: figure["value"] for figure in figures} == {
        "events.v1": 2,
        "thematic.v1": 2,
        "capacity-building.v1": 2,
        "participants.v2": 37,
        "people.v2": 7,
        "women-share.v2": round(15 / 37, 4),
        "outputs.v1": 0,
        "outputs-handed-over.v1": 0,
    }


async def test_a_figure_leads_to_what_it_counted_and_each_group_to_its_own(house: House) -> None:
    await fill(house)
    for rule in RULES:
        figure = await house.json(f"/figures/{rule}", by="country")
        assert await house.json(figure["address"]) == figure
        for part in (figure, *figure["groups"]):
            lines = (await house.json(part["activities"]))["items"]
            if figure["share"]:
                assert sum(line["share"]["women"] for line in lines) == part["share"]["women"]
            else:
                assert sum(line["number"] or 0 for line in lines) == part["value"]


async def test_rules_speak_english_and_russian_and_say_what_they_can_be_broken_down_by(house: House) -> None:
    rules = (await house.json("/rules"))["items"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(set(rule["sentence"]) == {"en", "ru"} and "country" in rule["dimensions"] for rule in rules)


async def test_a_misspelt_filter_is_refused_and_named(house: House) -> None:
    answer = await house.editor.get(f"{API}/figures/events.v1", params={"contry": "KG"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.contry"


@pytest.mark.parametrize("query", [{"kind": "party"}, {"from": "soon"}, {"by": "gender"}, {"as_of": "2022-02-30"}])
async def test_a_word_that_nobody_knows_is_refused_with_what_to_write(house: House, query: dict[str, str]) -> None:
    answer = await house.editor.get(f"{API}/figures/events.v1", params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:registan:problem:unaskable")
    assert answer.json()["errors"][0]["field"] in query


async def test_a_figure_as_csv_has_rule_and_date_in_each_line(house: House) -> None:
    await fill(house)
    query = {"by": "kind", "format": "csv", "as_of": "2030-01-01"}
    answer = await house.editor.get(f"{API}/figures/events.v1", params=query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = rows(answer.text)
    assert [(line["rule"], line["kind"], line["value"]) for line in lines] == [
        ("events.v1", "all", "3"),
        ("events.v1", "training", "2"),
        ("events.v1", "workshop", "1"),
    ]
    assert {line["as_of"] for line in lines} == {"2030-01-01T23:59:59.999999+00:00"}


async def test_a_list_as_csv_is_whole_and_no_title_becomes_a_formula(house: House) -> None:
    await fill(house)
    await facts.tell(house.database, *(facts.activity(f"more-{n}") for n in range(510)))
    answer = await house.editor.get(f"{API}/figures/events.v1/activities", params={"format": "csv", "limit": 1})
    lines = rows(answer.text)
    assert len(lines) == 513
    assert [line["title"] for line in lines if line["title"].startswith("'")] == ['\'=HYPERLINK("x")']


@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_no_list_separator_of_a_country_makes_a_formula_of_a_title(house: House, separator: str) -> None:
    await facts.tell(house.database, facts.activity("sly", title={"en": "a;=1+1;b\t=2+2,@c"}))
    answer = await house.viewer.get(f"{API}/figures/events.v1/activities", params={"format": "csv"})
    cells = [cell for row in csv.reader(io.StringIO(answer.text), delimiter=separator) for cell in row]
    assert any("1+1" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "-", "@"))]


PEOPLE = {"by": "gender", "programme": "TEST"}


async def outside(house: House, path: str, **query: Any) -> Any:
    answer = await house.viewer.get(API + path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_viewer_is_told_of_people_only_what_was_released_whatever_is_asked(house: House) -> None:
    await fill(house)
    inside = await house.json("/figures/participants", **PEOPLE)
    assert {g["key"]["gender"]: g["value"] for g in inside["groups"]} == {"female": 15, "male": 1, "not-female": 21}
    before = await outside(house, "/figures/participants", **PEOPLE, public="false")
    assert (before["value"], before["public"], before["unknown"]["activities"]) == (None, True, 3)
    await Releases(house.database, settled_after=timedelta(0)).release(datetime.now(UTC))
    after = await outside(house, "/figures/participants", **PEOPLE)
    assert after["value"] == 37
    assert {g["key"]["gender"]: g["value"] for g in after["groups"]} == {
        "female": 9,
        "hidden": 7,
        "not-female": 21,
    }
    assert "small-numbers-hidden" in after["notes"]
    lines = (await outside(house, after["activities"]))["items"]
    assert sorted(line["number"] or 0 for line in lines) == [0, 7, 30]
    assert (await house.json("/figures/participants", **PEOPLE, public="true"))["groups"] == after["groups"]
    sheet = await house.viewer.get(f"{API}/figures/participants", params={**PEOPLE, "format": "csv"})
    assert [line["value"] for line in rows(sheet.text)] == ["37", "9", "7", "21"]


async def test_a_viewer_is_not_told_by_two_things_at_once(house: House) -> None:
    answer = await house.viewer.get(f"{API}/figures/participants", params={"by": "gender,organisation"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:registan:problem:unaskable")


async def test_pages_streams_and_metrics_tell_outsiders_no_more(house: House) -> None:
    await fill(house)
    for path in ("/", "/figures/participants?programme=TEST", "/figures/participants/activities?programme=TEST"):
        page = (await house.viewer.get("/reporting" + path, headers=PAGE)).text
        assert ">37<" not in page
        assert ">37<" in await house.page(path) or "activities" in path
    async with Stream(house, "/live?programme=TEST", house.viewer) as stream:
        assert ">37<" not in await stream.next()
    await gauges.refresh(house.database)
    told = {tuple(s.labels.values()): s.value for family in metrics.figure.collect() for s in family.samples}
    assert ("TEST", "participants.v2") not in told


async def test_the_page_shows_the_figures_and_each_number_leads_to_what_it_counts(house: House) -> None:
    await fill(house)
    page = await house.page("/")
    assert '<a href="/reporting/figures/events.v1/activities?programme=TEST">3</a>' in page
    assert "overlap" in page
    behind = await house.page("/figures/events.v1/activities", programme="TEST")
    assert f'<a href="http://registry.test/registry/activities/{facts.id_of("a")}">Sample a</a>' in behind


async def test_all_pages_speak_russian(house: House) -> None:
    await fill(house)
    house.editor.cookies.set("registan_language", "ru")
    for path, words in (
        ("/", "Тематические мероприятия"),
        ("/figures/participants.v1?by=gender", "женщины"),
        ("/figures/events.v1/activities", "Пример a"),
    ):
        assert words in await house.page(path)


@pytest.mark.parametrize("path", ["/", "/figures/events.v1"])
@pytest.mark.parametrize(
    ("language", "reason"), [("en", "This is not a date: write 17.05.2022"), ("ru", "Это не дата: напишите")]
)
async def test_a_date_that_cannot_be_read_keeps_the_page_the_filters_and_what_was_typed(
    house: House, path: str, language: str, reason: str
) -> None:
    await fill(house)
    house.editor.cookies.set("registan_language", language)
    words = {"programme": "TEST", "kind": "workshop", "from": "31.02.2022", "to": "2022"}
    answer = await house.editor.get("/reporting" + path, params=words, headers=PAGE)
    assert answer.status_code == 422
    field = answer.text.split('id="from"')[1].split("</div>")[0]
    assert 'value="31.02.2022"' in field
    assert 'aria-invalid="true"' in field
    assert reason in field
    assert 'value="2022"' in answer.text.split('id="to"')[1].split(">")[0]
    assert '<option value="workshop" selected>' in answer.text


@pytest.mark.parametrize("written", ["Q4 2021", "4 кв. 2021", "2021-Q4"])
async def test_a_period_is_typed_as_people_write_it_and_said_on_the_page(house: House, written: str) -> None:
    await fill(house)
    page = await house.page("/", programme="TEST", period=written, phase="10")
    about = page.split('<dl class="scope">')[1].split("</dl>")[0]
    for said in ("Sample programme TEST", "4th quarter 2021", "Phase 10", "now; it changes with the records"):
        assert said in about
    assert (await house.json("/figures/events.v1", period=written))["value"] == 1
    both = await house.editor.get(f"{API}/figures/events.v1", params={"period": written, "from": "2021"})
    assert both.json()["errors"][0]["field"] == "period"


async def test_days_are_read_as_lists_write_them(house: House) -> None:
    await fill(house)
    asked = {"from": "01.12.2021", "to": "31 December 2021", "as_of": "31.12.2030"}
    figure = await house.json("/figures/events.v1", **asked)
    assert (figure["value"], figure["filters"]) == (1, {"from": "2021-12-01", "to": "2021-12-31"})
    assert figure["as_of"] == "2030-12-31T23:59:59.999999Z"


async def test_a_share_of_people_whose_gender_is_not_known_shows_no_zero(house: House) -> None:
    await facts.tell(house.database, facts.programme(), facts.activity("a", headcount={"total": 215}))
    for path in ("/", "/figures/women-share.v2"):
        page = await house.page(path, programme="TEST")
        assert "The gender of these 215 people is not known." in page
        assert "0 women" not in page


async def test_an_empty_house_says_what_to_do(house: House) -> None:
    assert "http://registry.test/registry/activities" in await house.page("/")


async def test_a_figure_can_be_kept_as_it_is_known_now(house: House) -> None:
    await fill(house)
    page = await house.page("/figures/events.v1", by=["kind", "year"])
    kept = page.split('">Keep it as it is known now')[0].rsplit('href="/reporting', 1)[1].replace("&amp;", "&")
    before = await house.page(kept)
    await facts.tell(house.database, facts.activity("a", version=9, at=datetime.now(UTC) + timedelta(minutes=1)))
    assert hash_on(await house.page(kept)) == hash_on(before)
    assert hash_on(await house.page("/figures/events.v1", by=["kind", "year"])) != hash_on(page)


async def test_a_page_is_told_of_a_change_without_asking(house: House) -> None:
    await fill(house)
    async with Stream(house, "/live?programme=TEST") as stream:
        assert ">3</a>" in await stream.next()
        await facts.tell(house.database, facts.activity("new"))
        while ">4</a>" not in await stream.next():
            pass


async def test_a_page_about_outputs_leaves_out_the_charts_that_no_output_fits(house: House) -> None:
    await fill(house)
    await facts.tell(house.database, facts.output("manual", kind="manual"), facts.output("handbook"))
    asked = "?programme=TEST&rule=outputs.v1&kind=handbook"
    page = await house.page("/" + asked)
    assert page.count('<table class="bars') == sum(rule is None for rule, _ in pages.dashboard.CHARTS)
    async with Stream(house, "/live" + asked) as stream:
        assert ">1</a>" in await stream.next()


async def test_many_readers_of_one_page_cost_one_count(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(house)
    counts: list[str] = []
    counted = pages.dashboard._counted

    async def counting(*asked: Any, public: bool) -> Any:
        counts.append("once")
        return await counted(*asked, public=public)

    monkeypatch.setattr(pages.dashboard, "_counted", counting)
    while house.pulse.revision == 0:
        await asyncio.sleep(0.01)
    before = house.pulse.revision
    streams = [Stream(house, "/live?programme=TEST") for _ in range(10)]
    for stream in streams:
        await stream.__aenter__()
    await asyncio.gather(*(stream.next() for stream in streams))
    assert len(counts) <= 1 + house.pulse.revision - before < len(streams)  # once for each change that was told late
    for stream in streams:
        await stream.__aexit__()


async def test_a_page_counts_all_of_its_figures_in_one_statement(house: House) -> None:
    await fill(house)
    with counting_statements(house.app.state.service.database) as statements:
        page = await house.page("/", programme="TEST")
    assert page.count("<article") == len(CURRENT)
    assert page.count('<table class="bars') == len(pages.dashboard.CHARTS)
    assert len(statements) == 1


async def test_the_figures_of_all_rules_and_the_gauges_of_a_programme_are_one_statement_each(house: House) -> None:
    await fill(house)
    with counting_statements(house.app.state.service.database) as statements:
        await house.json("/figures", programme="TEST")
    assert len(statements) == 1
    with counting_statements(house.database) as statements:
        await gauges.refresh(house.database)
    assert len(statements) == 1


async def test_gauges_are_the_figures_and_go_with_their_programme(house: House) -> None:
    await fill(house)
    metrics.figure.labels("GONE", "events.v1").set(7)
    await gauges.refresh(house.database)
    told = {tuple(s.labels.values()): s.value for family in metrics.figure.collect() for s in family.samples}
    assert told["TEST", "events.v1"] == 3
    assert ("TEST", "people.v2") not in told  # of people only what may leave the house
    assert ("GONE", "events.v1") not in told


@contextmanager
def counting_statements(database: Database) -> Iterator[list[str]]:
    """The statements that read activities."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "facts.activity" in statement:
            statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def hash_on(page: str) -> str:
    return page.split("<dt>Hash</dt><dd><code>")[1][:64]


def rows(sheet: str) -> Sequence[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))


class Stream:
    """A browser that follows a stream of events: the application called as a server calls it, read as it sends."""

    def __init__(self, house: House, path: str, reader: httpx2.AsyncClient | None = None) -> None:
        self._house = house
        self._reader = reader or house.editor
        self._path, _, self._query = path.partition("?")
        self._sent: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Stream":
        cookies = "; ".join(f"{name}={value}" for name, value in self._reader.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/reporting" + self._path,
            "raw_path": b"",
            "root_path": "",
            "query_string": self._query.encode(),
            "headers": [(b"host", b"registan.test"), (b"cookie", cookies.encode())],
            "server": ("registan.test", 80),
            "client": ("127.0.0.1", 1),
        }
        self._task = asyncio.create_task(self._house.app(scope, self._receive, self._send))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def next(self) -> str:
        """The next figures."""
        text = ""
        async with asyncio.timeout(60):
            while not text.startswith("event: figures"):
                assert self._task is not None
                sent = asyncio.create_task(self._sent.get())
                await asyncio.wait({sent, self._task}, return_when=asyncio.FIRST_COMPLETED)
                if not sent.done():
                    sent.cancel()
                    raise EOFError("the stream is over")
                text = sent.result().decode()
        data = next(line for line in text.splitlines() if line.startswith("data: "))
        return str(json.loads(data.removeprefix("data: ")))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            await self._sent.put(message["body"])


async def test_figures_of_another_programme_are_for_nobody_who_is_not_of_it(house: House, tmp_path: Path) -> None:
    await fill(house)
    await facts.tell(house.database, facts.programme("OTHER", name={"en": "Elsewhere"}))
    theirs = await granted(house.app, tmp_path, Grant(role="coordinator", programme="TEST", countries=("KG",)))
    both = await granted(
        house.app, tmp_path, Grant(role="viewer", programme="TEST"), Grant(role="viewer", programme="OTHER")
    )
    walked = 0
    for context in iter_route_contexts(house.app.routes):
        path = str(context.path)
        if not path.startswith(("/reporting/api/v1/figures", "/reporting/figures", "/reporting/live", "/reporting/")):
            continue
        if path.startswith(("/reporting/api/v1/rules", "/reporting/static", "/reporting/language", "/reporting/api/o")):
            continue
        address = path.format(rule="events.v1")
        headers = {} if "/api/" in path else PAGE
        refused = await theirs.get(address, params={"programme": "OTHER"}, headers=headers)
        assert refused.status_code == 403, path
        assert "Elsewhere" not in refused.text, path
        if "/api/" in path:
            assert (await theirs.get(address)).status_code == 200, "their only programme is meant"
            assert (await both.get(address)).status_code == 403, "they have to say which"
            assert (await both.get(address, params={"programme": "OTHER"})).status_code == 200
        walked += 1
    assert walked >= 6
    page = (await theirs.get("/reporting/", headers=PAGE)).text
    assert "Elsewhere" not in page


async def test_a_stream_ends_when_its_reader_may_no_longer_see_that_programme(house: House, tmp_path: Path) -> None:
    await fill(house)
    account = Access(
        id=new_id(),
        kind="user",
        role="viewer",
        grants=(Grant(role="editor", programme="TEST"),),
        version=1,
        created_at=datetime.now(UTC),
        updated_at=datetime.now(UTC),
    )
    elsewhere = {"grants": (Grant(role="admin", programme="OTHER"),), "version": 2}
    async with house.database.transaction() as session:
        await record_access(session, account)
    async with (
        browser(house.app, tmp_path, "viewer", account.id) as reader,
        Stream(house, "/live?programme=TEST", reader) as stream,
    ):
        await stream.next()
        async with house.database.transaction() as session:
            await record_access(session, account.model_copy(update=elsewhere))
        await facts.tell(house.database, facts.activity("d"))
        with pytest.raises(EOFError):
            await stream.next()


async def test_the_list_behind_a_figure_is_sorted_paged_counted_and_saved_like_every_list(house: House) -> None:
    await facts.tell(
        house.database,
        facts.programme(),
        *(facts.activity(f"a{number}", starts=f"2022-05-{number + 1:02}") for number in range(7)),
    )
    address = "/figures/events.v1/activities"
    page = await house.page(address, programme="TEST", sort="code", limit=5)
    assert "7 activities" in page
    following = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "sort=code" in following
    rest = await house.page(following.removeprefix("/reporting"))
    codes = [code for text in (page, rest) for code in re.findall(r"/registry/activities/([0-9a-f-]+)", text)]
    found = await house.json(address, sort="code")
    assert codes == [item["id"] for item in found["items"]]
    assert [item["code"] for item in found["items"]] == [f"a{number}" for number in range(7)]
    first = await house.json(address, limit=2)
    refused = await house.editor.get(API + address, params={"after": first["next"], "sort": "code"})
    assert refused.status_code == 400 and "sorted by -starts" in refused.json()["detail"]
    shown = await house.editor.get(
        f"/reporting{address}", params={"after": first["next"], "sort": "code"}, headers=PAGE
    )
    assert shown.status_code == 400 and "start from the first page" in shown.text
    elsewhere = await house.editor.get(f"{API}/figures/thematic.v1/activities", params={"after": first["next"]})
    assert elsewhere.status_code == 400
    book = await house.editor.get(API + address, params={"format": "xlsx", "sort": "code"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in sheet[1:]] == [f"a{number}" for number in range(7)]
