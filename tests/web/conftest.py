"""The pages over a small published record, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, Engine
from werkzeug.test import TestResponse

from ledger.database import connect
from projections.follower import Follower
from tests.projections.record import RECORD, Book, follower, settings
from web.app import create_app
from web.state import KEY


@dataclass
class Site:
    """A published record, and a reader of its pages."""

    app: Flask
    book: Book
    follower: Follower
    public_dir: Path

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()

    def get(self, path: str, **options) -> TestResponse:
        """Ask for a path and read all of the answer."""
        return _whole(self.client.get(path, **options))

    def head(self, path: str) -> TestResponse:
        """Ask for the head of a path."""
        return _whole(self.client.head(path))

    def publish(self, *raws) -> int:
        """Record plain input, and make it public."""
        self.book.record_all(raws)
        return self.follower.step()


def _whole(response: TestResponse) -> TestResponse:
    response.get_data()
    response.close()
    return response


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Callable[[URL], Site]]:
    """Make a site over an empty database."""
    engines: list[Engine] = []

    def make(url: URL) -> Site:
        engines.append(connect(url))
        app = create_app(settings(url, tmp_path))
        engines.append(app.extensions[KEY].engine)
        return Site(app, Book(engines[0]), follower(engines[0], tmp_path), tmp_path / "public")

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def empty_site(database: URL, new_site: Callable[[URL], Site]) -> Site:
    """A site over a record without any entry."""
    site = new_site(database)
    site.follower.step()
    return site


@pytest.fixture
def site(empty_site: Site) -> Site:
    """A site over the small record, on each of the two databases."""
    empty_site.publish(*RECORD)
    return empty_site


@pytest.fixture
def sqlite_site(new_sqlite: Callable[[], URL], new_site: Callable[[URL], Site]) -> Site:
    """A site over the small record, where the database does not matter."""
    site = new_site(new_sqlite())
    site.publish(*RECORD)
    return site


@pytest.fixture
def files_site(new_sqlite: Callable[[], URL], new_site: Callable[[URL], Site], tmp_path: Path) -> Site:
    """A site over the small record, its feeds and calendars written as files."""
    site = new_site(new_sqlite())
    (tmp_path / "signing.key").unlink()
    site.follower = follower(site.book.engine, tmp_path, files=True)
    site.publish(*RECORD)
    return site
