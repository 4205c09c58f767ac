"""The registry in a real browser, wide and narrow: what only a browser shows. Scripts run under the strict policy, the
keyboard reaches every control, and nothing is wider than the screen.

Debian's Chromium is driven by its own driver. Where none is installed these tests are skipped; in CI it is.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from services.registry.app import build
from shared.identifiers import new_id
from shared.identity.sessions import COOKIE, SessionSigner
from shared.service import Service
from shared.web.server import serve
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, NOW, TODAY, around_today
from tests.ports import free_port
from tests.registry import Desk, SetClock, registry_settings
from tests.web import key_files

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="Chromium and its driver are not installed here: apt-get install chromium chromium-driver",
)

_ELSEWHERE = ("favicon", "/notifications/fragments/")
"""What is not there in this test: notifications does not run, and its strips say nothing then."""


@dataclass
class Browser:
    """A window of a certain width, signed in as an editor; it notes what the browser complains about."""

    driver: webdriver.Chrome
    address: str
    width: int
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)
        self.look()

    def look(self) -> None:
        """What is to be true of every page."""
        fits = "return document.documentElement.scrollWidth <= window.innerWidth"
        assert self.driver.execute_script(fits), f"wider than the screen: {self.driver.current_url}"
        assert self.driver.execute_script("return window.innerWidth") == self.width, self.driver.current_url
        self.complaints += [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def type(self, name: str, text: str) -> None:
        self.driver.find_element(By.NAME, name).send_keys(text)

    def choose(self, name: str, value: str) -> None:
        Select(self.driver.find_element(By.NAME, name)).select_by_value(value)

    def press(self, selector: str) -> None:
        """Press a button and wait for the page it leads to."""
        before = self.find("html")
        ActionChains(self.driver).scroll_to_element(self.find(selector)).perform()
        self.find(selector).click()
        WebDriverWait(self.driver, 20).until(lambda _: before.id != self.find("html").id)
        WebDriverWait(self.driver, 20).until(lambda d: d.execute_script("return document.readyState") == "complete")
        self.look()

    def words(self) -> str:
        return self.find("main").text

    def unreached(self) -> list[str]:
        """The controls of the page that Tab does not come to; of a group of radio buttons one is enough."""
        controls = self.driver.execute_script(_CONTROLS)
        self.find("body").click()
        self.driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
        reached = set()
        for _ in range(len(controls) + 5):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            reached.add(self.driver.execute_script("return document.activeElement.dataset.tried || ''"))
        return [each for number, each in enumerate(controls) if str(number) not in reached]


_CONTROLS = """
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
  const open = all.filter(each => each.checkVisibility() && !each.disabled && each.type !== 'hidden'
    && each.tabIndex >= 0 && each.type !== 'radio');
  open.forEach((each, number) => { each.dataset.tried = number; });
  return open.map(each => each.outerHTML.slice(0, 120));
"""


@dataclass
class Site:
    """The registry, served on a port of its own while a test lasts."""

    service: Service
    desk: Desk
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.service.settings.port}"

    async def visit(self, width: int, walk: Callable[[Browser], Any]) -> Browser:
        """Walk through the site in a window, beside the server's own loop."""
        return await asyncio.to_thread(self._walk, width, walk)

    def _walk(self, width: int, walk: Callable[[Browser], Any]) -> Browser:
        driver = self._open(width)
        try:
            browser = Browser(driver, self.address, width)
            walk(browser)
            return browser
        finally:
            driver.quit()

    def _open(self, width: int) -> webdriver.Chrome:
        assert CHROMIUM is not None
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        flags = ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-background-networking")
        for flag in (*flags, f"user-data-dir={self.folder / 'profile'}", "window-size=1280,900"):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Driver(DRIVER))
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(f"{self.address}/registry/static/registan.svg")
        session = SessionSigner(key_files(self.folder)[0]).sign(new_id(), "editor", NOW)
        driver.add_cookie({"name": COOKIE, "value": session, "path": "/"})
        return driver


@pytest_asyncio.fixture
async def site(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Site]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = registry_settings(tmp_path, database_url("registry"))
    service = build(settings.model_copy(update={"port": port, "registry_url": address}))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(service, "web", stop))
    opened = Site(service, Desk(service.database, SetClock(NOW)), tmp_path)
    await opened.desk.define(countries=["KG", "KZ"], languages=["en", "ru"])
    yield opened
    stop.set()
    await serving
    await service.database.close()


@pytest.mark.parametrize("width", [1280, 360])
async def test_a_days_work_is_done_in_a_browser_and_it_complains_of_nothing(site: Site, width: int) -> None:
    listed = site.folder / "list.csv"
    listed.write_text("id,title,kind,phase\nL-1,Sample listed meeting,meeting,1\n")

    def work(browser: Browser) -> None:
        browser.open(ACTIVITIES)
        browser.press("a[href='/registry/activities/new']")
        browser.type("title.en", "Sample workshop in a browser")
        browser.choose("part", "SAMPLE/1/1")
        browser.choose("kind", "workshop")
        browser.type("starts", str(TODAY - timedelta(days=1)))
        browser.type("ends", str(TODAY))
        browser.press("main form.form button.primary")
        assert "The activity is planned." in browser.words()
        browser.press("a[href$='/registrations/new']")
        browser.type("person.name", "Sample Person 1")
        browser.choose("status", "registered")
        browser.press("main form.form .buttons button.primary")
        assert "Sample Person 1" in browser.words()
        browser.press("a[href$='/attendance']")
        browser.find(f"button[name=mark][value='{TODAY}']").click()
        box = browser.find(f"input[type=checkbox][value='{TODAY}']")
        assert box.is_selected(), "the heading of a column ticks it at once"
        box.send_keys(Keys.ARROW_LEFT, Keys.SPACE)
        browser.press("form.attendance .buttons button.primary")
        assert "attended: 1" in browser.words()
        browser.open("/registry/import")
        browser.type("file", str(listed))
        browser.press("main form.form button.primary")
        assert "New in the list" in browser.words()
        browser.press("form.import button.primary")
        assert "1 row recorded" in browser.words()
        browser.open(ACTIVITIES)
        browser.type("text", "listed")
        WebDriverWait(browser.driver, 20).until(lambda _: "1 activity" in browser.words())
        assert browser.driver.current_url.endswith("?text=listed"), "what is found while typing has an address"

    done = await site.visit(width, work)
    assert [each for each in done.complaints if not any(part in each for part in _ELSEWHERE)] == []


async def test_the_keyboard_reaches_every_control(site: Site) -> None:
    activity = await site.desk.plan(**around_today())
    await site.desk.register(activity)
    url = f"{ACTIVITIES}/{activity.id}"

    def walk(browser: Browser) -> None:
        for page in (f"{ACTIVITIES}/new", url, f"{url}/attendance", f"{url}/registrations/new", "/registry/import"):
            browser.open(page)
            assert browser.unreached() == [], page

    await site.visit(1280, walk)


async def test_pages_fit_a_telephone(site: Site) -> None:
    activity = await site.desk.plan(**around_today(9), title={"en": "Sample workshop with a rather long title " * 3})
    for number in range(3):
        await site.desk.register(activity, f"Sample Person With A Rather Long Name {number}", country="KG")
    url = f"{ACTIVITIES}/{activity.id}"

    def walk(browser: Browser) -> None:
        steps = ("edit", "reschedule", "cancel", "complete", "attendance", "registrations/new", "registrations/list")
        others = ("/registry/programmes", "/registry/organisations", "/registry/import", ACTIVITIES, url)
        for page in (*others, *(f"{url}/{step}" for step in steps)):
            browser.open(page)

    await site.visit(360, walk)
