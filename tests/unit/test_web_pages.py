"""What a page shows around its content, and how dates, countries and colours are written."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from shared.identifiers import new_id
from shared.identity import Actor, Role, everywhere
from shared.web import formats, language
from shared.web.identity import public
from shared.web.language import Language
from shared.web.pages import Pages, see_other
from tests.web import PAGE, settings_of, site_of, visitor

STYLESHEET = Path(__file__).parents[2] / "shared/web/static/registan.css"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.html").write_text(
        '{% extends "base.html" %}{% block title %}{{ words }}{% endblock %}{% block content %}here{% endblock %}'
    )
    pages, router = Pages(folder), APIRouter(dependencies=[public])

    @router.get("/page")
    async def page(request: Request, role: Role | None = None, words: str = "Words") -> Response:
        actor = Actor(id=new_id(), kind="user", grants=everywhere(role)) if role else None
        return pages.render(request, "page.html", actor=actor, words=words)

    @router.post("/done")
    async def done(request: Request) -> Response:
        return see_other(request, "/reporting/page", flash="Three <b>things</b> are done; сделано.")

    return site_of(settings_of("reporting", tmp_path), [router])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(app, **PAGE) as client:
        yield client


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (None, []),
        ("viewer", ["Activities", "Outputs", "Programme", "Figures"]),
        ("editor", ["Activities", "Outputs", "Import", "Programme", "Figures", "Messages"]),
        ("admin", ["Activities", "Outputs", "Import", "Programme", "Figures", "Messages", "Accounts"]),
    ],
)
async def test_everybody_is_shown_the_places_they_may_go_to(
    client: httpx2.AsyncClient, role: Role | None, places: list[str]
) -> None:
    page = await client.get("/reporting/page", params={"role": role} if role else {})
    nav = page.text.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
    assert re.findall(r">(\w+)(?: <span[^>]*></span>)?</a>", nav) == places
    assert ('href="http://127.0.0.1:8001/registry/activities"' in nav) is bool(places)
    assert ("Sign out" in page.text) is bool(places)


async def test_a_message_is_shown_once_and_as_text(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/reporting/done")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reporting/page")
    message = "Three &lt;b&gt;things&lt;/b&gt; are done; сделано."
    assert message in (await client.get("/reporting/page")).text
    assert message not in (await client.get("/reporting/page")).text


@pytest.mark.parametrize("cookie", ["x", "%5B1%5D", "null", "%5B%22evil%22%2C%22x%22%5D", "%"])
async def test_a_broken_message_breaks_no_page(client: httpx2.AsyncClient, cookie: str) -> None:
    client.cookies.set("registan_flash", cookie)
    assert (await client.get("/reporting/page")).status_code == 200


async def test_htmx_is_sent_on_as_a_whole_page(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/reporting/done", headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/reporting/page"


async def test_what_people_wrote_is_never_markup(client: httpx2.AsyncClient) -> None:
    page = await client.get("/reporting/page", params={"words": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


async def test_no_page_needs_what_the_policy_refuses_or_another_server(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/reporting/page?role=admin")).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    for source in sources:
        assert source.startswith(("/", "#", "http://127.0.0.1:800")), source


async def test_a_page_says_its_language_its_title_and_a_way_past_the_menu(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/reporting/page", headers={"accept-language": "ru"})).text
    assert '<html lang="ru">' in page
    assert "<title>Words · Registan</title>" in page
    assert '<a class="skip" href="#content">Перейти к содержанию</a>' in page
    assert '<main id="content"' in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize(
    ("written", "english", "russian"),
    [
        ("2012", "2012", "2012"),
        ("2022-09", "September 2022", "сентябрь 2022"),
        ("2022-05-17", "17 May 2022", "17 мая 2022"),
        ("2022-05-01/2022-05-16", "1–16 May 2022", "1–16 мая 2022"),
        ("2022-05-30/2022-06-02", "30 May – 2 June 2022", "30 мая – 2 июня 2022"),
        ("2021-12-30/2022-01-02", "30 December 2021 – 2 January 2022", "30 декабря 2021 – 2 января 2022"),
        ("../2022-05-16", "by 16 May 2022", "не позднее 16 мая 2022"),
        ("2022-05/..", "from 1 May 2022", "начиная с 1 мая 2022"),
        (None, "date unknown", "дата неизвестна"),
    ],
)
def test_a_date_is_written_as_far_as_it_is_known(written: str | None, english: str, russian: str) -> None:
    for spoken, expected in (("en", english), ("ru", russian)):
        with language.speaking(spoken):
            assert formats.fuzzy(written) == expected


@pytest.mark.parametrize(("spoken", "name"), [("en", "Kyrgyzstan"), ("ru", "Кыргызстан")])
def test_a_country_has_a_name_and_an_unknown_code_stays_as_it_is(spoken: Language, name: str) -> None:
    with language.speaking(spoken):
        assert formats.country("KG") == name
        assert formats.country("ZQ") == "ZQ"
        assert formats.day(date(2022, 5, 17)).startswith("17 ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "surface", "sunken")),
        ("ink", "tint"),
        ("accent", "tint"),
        ("accent-ink", "accent"),
        *((kind, f"{kind}-tint") for kind in ("good", "waiting", "bad")),
        *(("ink", f"{kind}-tint") for kind in ("good", "waiting", "bad")),
        ("bad", "paper"),
        ("bad", "surface"),
    ],
)
def test_text_can_be_read_on_its_ground(scheme: str, ink: str, ground: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours[ink], colours[ground]) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(scheme: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours["edge"], colours["surface"]) >= 3  # WCAG 2.2, 1.4.11
    assert _contrast(colours["edge"], colours["sunken"]) >= 3


def _colours(scheme: str) -> dict[str, str]:
    light, _, rest = STYLESHEET.read_text().partition("@media (prefers-color-scheme: dark)")
    block = light if scheme == "light" else rest.partition("\n}\n")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
