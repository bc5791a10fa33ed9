"""What a request may use: the database, where the public files are, and the address of this site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from flask import current_app
from sqlalchemy import Connection, Engine

from ledger.database import reading
from projections.documents import Site

KEY: Final = "candour"


@dataclass(frozen=True, slots=True)
class State:
    """What `create_app` made. `public_dir` holds the published log."""

    engine: Engine
    public_dir: Path
    site: Site


def state() -> State:
    """Return what the application of this request was made with."""
    return cast("State", current_app.extensions[KEY])


@contextmanager
def record() -> Iterator[Connection]:
    """Open a connection to read from. Errors as `ledger.database.reading`."""
    with reading(state().engine) as connection:
        yield connection
