"""A whole installation in an empty folder, run by its commands alone."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import Engine

from ledger.database import connect
from web import cli
from web.app import create_app
from web.doctor import known_settings
from web.state import KEY


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
