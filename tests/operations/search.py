"""A search for texts in bytes, in every form in which this system writes them."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, select


def forms(token: str) -> tuple[bytes, ...]:
    """Return how an ASCII text can stand in bytes: as it is, and in base64 from each of the three places."""
    raw = token.encode()
    found = [raw]
    for before in range(3):
        encoded = base64.urlsafe_b64encode(b"\0" * before + raw).rstrip(b"=")
        # The first characters mix with what stands before the text, the last with what comes after it.
        found.append(encoded[(0, 2, 3)[before] : len(encoded) - (0 if (before + len(raw)) % 3 == 0 else 1)])
    return tuple(found)


def found_in(content: bytes, tokens: Collection[str]) -> set[str]:
    """Return the texts that stand in the content, compressed or not."""
    contents = [content, *_unpacked(content)]
    return {token for token in tokens for form in forms(token) for each in contents if form in each}


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(each) for each in packed.namelist())
    elif content[:1] == b"\x78":
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def in_files(folder: Path, tokens: Collection[str]) -> dict[str, set[str]]:
    """Return file -> texts found, for all files below a folder."""
    files = [each for each in sorted(folder.rglob("*")) if each.is_file()]
    found = {str(each.relative_to(folder)): found_in(each.read_bytes(), tokens) for each in files}
    return {name: texts for name, texts in found.items() if texts}


def in_rows(engine: Engine, tokens: Collection[str]) -> dict[str, set[str]]:
    """Return table -> texts found, for all values of all rows, those in zlib unpacked."""
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for table, value in _values(connection):
            content = value if isinstance(value, bytes) else str(value).encode()
            found.setdefault(table, set()).update(found_in(content, tokens))
    return {table: texts for table, texts in found.items() if texts}


def packed_rows(engine: Engine, tokens: Collection[str]) -> list[bytes]:
    """Return a part of each value in zlib that holds a text: in a file, the text itself cannot be looked for."""
    with engine.connect() as connection:
        packed = [value for _, value in _values(connection) if isinstance(value, bytes) and value[:1] == b"\x78"]
    return [value[8:40] for value in packed if found_in(value, tokens)]


def _values(connection: Connection) -> Iterator[tuple[str, object]]:
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        for row in connection.execute(select(table)):
            yield from ((table.name, value) for value in row)
