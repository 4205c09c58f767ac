"""Where a reader may be sent, and in which language they are answered."""

from pathlib import Path

import pytest
from starlette.requests import Request

from shared.web import language
from shared.web.requests import is_ours, safe_next
from tests.web import settings_of, site_of, visitor


@pytest.fixture
def request_here(tmp_path: Path) -> Request:
    settings = settings_of("registry", tmp_path, reporting_url="https://figures.example.org")
    headers = [(b"host", b"registan.test:8001")]
    return Request({"type": "http", "headers": headers, "app": site_of(settings), "path": "/"})


@pytest.mark.parametrize(
    "wanted",
    ["/registry/activities?country=KG", "/", "https://figures.example.org/reporting/", "http://registan.test:8001/x"],
)
def test_whoever_signed_in_goes_on_to_where_they_wanted(request_here: Request, wanted: str) -> None:
    assert safe_next(request_here, wanted, "/registry/") == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        None,
        "https://evil.example",
        "//evil.example/registry/",
        "/\\evil.example",
        "/\t/evil.example",
        "\thttps://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https://figures.example.org@evil.example/",
        "https://figures.example.org.evil.example/",
        "http://figures.example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "registry/activities",
        "http://[::1",
    ],
)
def test_nobody_is_sent_to_a_stranger(request_here: Request, wanted: str | None) -> None:
    assert safe_next(request_here, wanted, "/registry/") == "/registry/"


@pytest.mark.parametrize("origin", ["null", "", "http://evil.example", "https://registan.test", "file://"])
def test_a_strangers_origin_is_not_ours(request_here: Request, origin: str) -> None:
    assert not is_ours(request_here, origin)


@pytest.mark.parametrize(
    ("cookie", "accept", "expected"),
    [
        ("", "", "en"),
        ("", "ru", "ru"),
        ("", "ru-KG,ru;q=0.9,en;q=0.8", "ru"),
        ("", "en-GB,ru;q=0.9", "en"),
        ("", "ky-KG, ru;q=0.7, en;q=0.5", "ru"),
        ("", "de, ru;q=0, en;q=0.1", "en"),
        ("", "ru;q=wrong", "en"),
        ("", ";;;,=,q", "en"),
        ("ru", "en", "ru"),
        ("xx", "ru", "ru"),
    ],
)
def test_the_choice_of_a_page_comes_before_the_browsers_and_english_last(
    cookie: str, accept: str, expected: language.Language
) -> None:
    headers = [(b"accept-language", accept.encode()), (b"cookie", f"{language.COOKIE}={cookie}".encode())]
    assert language.preferred(Request({"type": "http", "headers": headers})) == expected


async def test_a_language_is_chosen_on_a_page_and_remembered(tmp_path: Path) -> None:
    async with visitor(site_of(settings_of("registry", tmp_path))) as client:
        answer = await client.post("/registry/language", data={"language": "ru", "next": "/registry/nothing?a=1"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/registry/nothing?a=1"
        page = await client.get("/registry/nothing", headers={"accept": "text/html"})
    assert 'lang="ru"' in page.text


async def test_another_site_cannot_choose_the_language(tmp_path: Path) -> None:
    async with visitor(site_of(settings_of("registry", tmp_path)), origin="https://evil.example") as client:
        assert (await client.post("/registry/language", data={"language": "ru"})).status_code == 403
