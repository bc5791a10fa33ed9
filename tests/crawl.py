"""Reads a site as a robot does: every page and file that a link leads to, a few of each sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from ledger.database import connect, migrate
from tests.projections.record import BASE_URL, follower, settings
from web.app import create_app
from web.state import KEY

HERE: Final = urlsplit(BASE_URL).netloc


@contextmanager
def published(folder: Path, fill: Callable[[Engine], object], *, files: bool = False) -> Iterator[Flask]:
    """Make a site in a new folder over what `fill` records, sealed; with feeds as files where a test is about these."""
    folder.mkdir()
    engine = connect(f"sqlite:///{folder / 'candour.db'}")
    migrate(engine)
    fill(engine)
    follower(engine, folder, files=files).step()
    app = create_app(settings(engine.url, folder))
    yield app
    app.extensions[KEY].engine.dispose()
    engine.dispose()


def crawl(
    app: Flask, client: FlaskClient, starts: Iterable[str], most: int = 10, most_of: Mapping[str, int] | None = None
) -> dict[str, TestResponse]:
    """Return the answer at each address found, by address: of each endpoint at most `most`, or as `most_of` says."""
    found: dict[str, TestResponse] = {}
    counts: Counter[str] = Counter()
    waiting = list(dict.fromkeys(starts))
    seen = set(waiting)
    for path in waiting:
        endpoint = _endpoint(app, path)
        if counts[endpoint] >= (most_of or {}).get(endpoint, most):
            continue
        counts[endpoint] += 1
        found[path] = whole(client.get(path))
        fresh = [link for link in dict.fromkeys(links(path, found[path])) if link not in seen]
        seen.update(fresh)
        waiting += fresh
    return found


def whole(response: TestResponse) -> TestResponse:
    """Read all of an answer, and let go of what it was read from."""
    response.get_data()
    response.close()
    return response


def plain_addresses(app: Flask) -> list[str]:
    """Return every address that takes no value, so that what nothing links to is read too."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments)
    return sorted({str(rule) for rule in rules})


def _endpoint(app: Flask, path: str) -> str:
    try:
        return str(app.url_map.bind(HERE).match(urlsplit(path).path, method="GET")[0])
    except HTTPException:
        return ""


def links(path: str, response: TestResponse) -> Iterator[str]:
    """Yield the addresses of this site that a page leads to or loads."""
    if response.mimetype != "text/html":
        return
    page: Any = html.fromstring(response.get_data())
    for link in (*page.xpath("//a/@href"), *page.xpath("//link/@href"), *page.xpath("//*/@src")):
        parts = urlsplit(urljoin(f"{BASE_URL}{path}", urldefrag(link).url))
        if parts.netloc == HERE:
            yield parts.path + (f"?{parts.query}" if parts.query else "")
