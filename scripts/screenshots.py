"""Takes the pictures of the documents: `make screenshots`.

They are of the installation that runs from REGISTAN_HOME; where none does, one is started and stopped again. To
commit them, take them from a fresh one, so that they show the programme's records as shipped, and nobody's names.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import url_contains, visibility_of_element_located
from selenium.webdriver.support.ui import WebDriverWait

from deploy.local.home import Home, as_service
from deploy.local.ports import LOOPBACK, port_of
from services.registry.first_admin import sign_in_link

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH = 1280
PICTURES = (
    # file, service, path, what must be seen before the picture is taken, height
    ("figures.png", "reporting", "/reporting/", "main h2 ~ *", 1340),
    ("activities.png", "registry", "/registry/activities?kind=study-visit", "table.list", 900),
)
PATIENCE = 20.0  # seconds


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with running(), browser() as chrome:
        sign_in(chrome)
        for name, service, path, seen, height in PICTURES:
            chrome.set_window_size(WIDTH, height)
            chrome.get(f"http://{LOOPBACK}:{port_of(service)}{path}")
            wait(chrome).until(visibility_of_element_located((By.CSS_SELECTOR, seen)))
            chrome.save_screenshot(str(IMAGES / name))
            print(f"{IMAGES / name}  {(IMAGES / name).stat().st_size / 1000:.0f} kB")


@contextmanager
def running() -> Iterator[None]:
    """An installation, ours or the one that is there."""
    if Home.here().running():
        yield
        return
    registan = (sys.executable, "-m", "deploy.cli")
    subprocess.run([*registan, "up", "--detach"], check=True)
    try:
        yield
    finally:
        subprocess.run([*registan, "down"], check=True)


@contextmanager
def browser() -> Iterator[Chrome]:
    """Debian's Chromium, without a window. Selenium is told where it is, and asks nobody else."""
    os.environ |= {"SE_OFFLINE": "true", "SE_AVOID_STATS": "true"}
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for word in ("--headless=new", "--no-sandbox", "--disable-background-networking", "--hide-scrollbars"):
        options.add_argument(word)
    chrome = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield chrome
    finally:
        chrome.quit()


def sign_in(chrome: Chrome) -> None:
    """As the first administrator, whose password stays what it is."""
    with as_service("registry"):
        link = asyncio.run(sign_in_link()).split()[-1]
    chrome.get(link)
    chrome.find_element(By.CSS_SELECTOR, "main form button").click()
    wait(chrome).until(url_contains("/registry/password"))


def wait(chrome: Chrome) -> WebDriverWait[Chrome]:
    return WebDriverWait(chrome, PATIENCE)


if __name__ == "__main__":
    main()
