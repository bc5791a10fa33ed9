"""Pages in a real browser: Debian's Chromium, driven by Playwright, and axe-core to look for barriers."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

WIDE, NARROW = 1280, 320
WIDTHS = (WIDE, NARROW)
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process. Without a display, and without asking anything of the network."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI must have it: run tools/test-system.sh.")
        pytest.skip("needs Chromium: run tools/test-system.sh")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=quiet)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, as npm installed it."""
    source = root / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.fail("axe-core is not installed. Run: rm -rf web/static/built && tools/setup.sh test")
    return source.read_text(encoding="utf-8")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine, and say where."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Reader:
    """Somebody in front of a browser. `script=False`: a browser that runs no script."""

    browser: Browser
    axe: str
    base: str
    script: bool = True
    noticed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = self.browser.new_context(java_script_enabled=self.script, base_url=self.base)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self._console(said.type, said.text))
        self.page.on("pageerror", lambda error: self.noticed.append(f"error in a script: {error}"))
        self.page.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str) -> None:
        # That the page asked for does not exist is what some pages are about.
        if kind in {"error", "warning"} and "the server responded with a status of 4" not in text:
            self.noticed.append(f"console: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self.base}/", "data:", "blob:")):
            self.noticed.append(f"request to another origin: {url}")

    def open(self, path: str, width: int = WIDE) -> Page:
        """Open a page at a width in CSS pixels; 320 is 1280 at 400 % zoom."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(path)
        return self.page

    def barriers(self) -> list[str]:
        """Return what stands in somebody's way on the page as it is now, in words; nothing is the only good answer."""
        found, self.noticed = self.noticed, []
        page = self.page
        wide = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"the page scrolls sideways by {wide} px")
        page.evaluate(self.axe)
        results: Any = page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
        )
        for violation in results["violations"]:
            places = "; ".join(" ".join(node["target"]) for node in violation["nodes"][:3])
            found.append(f"{violation['id']} ({violation['help']}): {places}")
        return found

    def close(self) -> None:
        """Leave nothing behind for the next reader."""
        self.context.close()


@pytest.fixture
def new_reader(browser: Browser, axe: str) -> Iterator[Callable[..., Reader]]:
    """Make readers of the site at an address; each has a browser profile of its own."""
    readers: list[Reader] = []

    def make(base: str, *, script: bool = True) -> Reader:
        readers.append(Reader(browser, axe, base, script))
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()
