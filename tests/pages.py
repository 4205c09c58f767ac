"""A page as a browser has it: its words, its forms with what stands in them, and what a validator would say of it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
from babel.messages.pofile import read_po

_VOID = {"meta", "link", "input", "img", "br", "hr", "option"}  # `option` may be left open; ours never are
_SILENT = {"script", "style", "option", "textarea", "code"}


@dataclass
class SentForm:
    """A form: where it goes, and what a browser would send if nobody touched it."""

    action: str
    method: str = "get"
    fields: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """A page that was answered."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__()
        self.status = response.status_code
        self.path = response.url.path
        self.html = response.text
        self.forms: list[SentForm] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.mistakes: list[str] = []
        self._labels: list[str] = []
        self._open: list[str] = []
        self._select: tuple[str, list[str]] | None = None
        self._area: str | None = None
        self.feed(self.html)
        self.close()
        self.mistakes += [f"<{tag}> is never closed" for tag in self._open]
        self.mistakes += [f"two elements have the id {each}" for each in set(self.ids) if self.ids.count(each) > 1]
        self.mistakes += [f"a label is for {each}, which is not there" for each in self._labels if each not in self.ids]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def form(self, action: str) -> SentForm:
        """The form that goes to an address."""
        return next(form for form in self.forms if form.action == action and form.method == "post")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if "style" in given or any(name.startswith("on") for name in given):
            self.mistakes.append(f"<{tag}> has a style or a script of its own, which the policy refuses")
        match tag:
            case "form":
                self.forms.append(SentForm(given.get("action", ""), given.get("method", "get")))
            case "label" if "for" in given:
                self._labels.append(given["for"])
            case "a" if "href" in given:
                self.links.append(given["href"])
            case "input":
                self._input(given)
            case "select":
                self._select = (given["name"], [])
            case "option" if self._select:
                self._option(given)
            case "textarea":
                self._area = given["name"]
                self._put(given["name"], "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            name, chosen = self._select
            self._put(name, chosen[-1] if chosen else "")
            self._select = None
        if tag == "textarea":
            self._area = None
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.mistakes.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].fields[self._area][-1] += data
        elif data.strip() and not (self._open and self._open[-1] in _SILENT):
            self.texts.append(data.strip())

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if "name" in given and self.forms and "disabled" not in given:
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            self._put(given["name"], given.get("value", ""))

    def _option(self, given: dict[str, str]) -> None:
        assert self._select
        if "selected" in given or not self._select[1]:
            self._select[1].append(given.get("value", ""))

    def _put(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].fields.setdefault(name, []).append(value)


@dataclass
class Reader:
    """Somebody in front of the pages: opens them, fills in forms as a browser would, follows where they lead."""

    client: httpx2.AsyncClient

    async def open(self, url: str, status: int = 200) -> Page:
        response = await self.client.get(url, headers={"accept": "text/html"}, follow_redirects=True)
        assert response.status_code == status, (url, response.status_code, response.text[-600:])
        return Page(response)

    async def fill(self, page: Page, action: str, answer: int = 200, **typed: Any) -> Page:
        """Send a form of a page with other values in some fields; `None` unticks, `__` in a name is a dot."""
        fields = dict(page.form(action).fields)
        for name, value in typed.items():
            real = name.replace("__", ".")
            real = real if real in fields or f"{real}[]" not in fields else f"{real}[]"
            fields[real] = [] if value is None else value if isinstance(value, list) else [value]
        return await self.send(action, fields, answer)

    async def send(self, action: str, fields: dict[str, list[str]], status: int = 200, **more: Any) -> Page:
        headers = {"accept": "text/html"}
        response = await self.client.post(action, data=fields, headers=headers, follow_redirects=True, **more)
        assert response.status_code == status, (action, response.status_code, visible(response.text))
        return Page(response)


def visible(html: str) -> str:
    """The words of a page, for the message of a failed test."""
    said = re.findall(r"class=\"wrong[^>]*>([^<]*)", html)
    return " ".join([*said, *re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split()])[:1500]


def english_in(page: Page) -> set[str]:
    """Our own English sentences that a page shows as they are."""
    root = Path(__file__).parents[1]
    english = set()
    with (root / "shared/web/ru.po").open("rb") as source:
        for message in read_po(source, locale="ru"):
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            english |= {
                each for each in ([message.id] if isinstance(message.id, str) else message.id) if each not in forms
            }
    return {text for text in page.texts if text.strip(" :·") in english or text in english}
