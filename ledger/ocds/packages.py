"""Packages of open contracting data: releases and records with who publishes them, and the bytes that are served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

import orjson

from ledger.kinds import Json
from ledger.ocds.merge import compiled, versioned
from ledger.when import instant_text

Object = dict[str, Any]

EXTENSION: Final = "/ocds/extension/extension.json"
"""The path of the local extension."""

EXTENSION_FILES: Final = ("extension.json", "release-schema.json")

EXTENSIONS: Final = (
    "https://standard.open-contracting.org/profiles/eu/latest/en/extension.json",
    "https://raw.githubusercontent.com/cabinetoffice/ocds_uk_extension/main/extension.json",
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_enquiry_extension/master/extension.json",
)
"""Extensions of others whose fields are used: the EU profile, the United Kingdom's, and enquiries."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: the name of the ledger, and the address of its pages without a slash at its end."""

    name: str
    base_url: str


def release_package(publisher: Publisher, path: str, published: datetime, releases: Sequence[Object]) -> Object:
    """Return releases as a package. `path` is where it is served."""
    return {**_head(publisher, path, published), "releases": list(releases)}


def record_package(publisher: Publisher, path: str, published: datetime, releases: Sequence[Object]) -> Object:
    """Return the record of one process: its releases, and what they come to, compiled and versioned."""
    told = [_without_details(each) for each in releases]
    record = {
        "ocid": releases[0]["ocid"],
        "releases": told,
        "compiledRelease": compiled(told),
        "versionedRelease": versioned(told),
    }
    return {**_head(publisher, path, published), "records": [record]}


def _without_details(release: Object) -> Object:
    """Return a release without `parties/details`.

    The standard's merging gives each member of it versions of its own; its schema for versioned releases wants one list
    for the whole. Nothing satisfies both, so sizes of organisations are in releases only.
    """
    if "parties" not in release:
        return release
    return {
        **release,
        "parties": [{name: held for name, held in each.items() if name != "details"} for each in release["parties"]],
    }


def _head(publisher: Publisher, path: str, published: datetime) -> Object:
    return {
        "uri": f"{publisher.base_url}{path}",
        "version": "1.1",
        "publishedDate": instant_text(published),
        "publisher": {"name": publisher.name, "uri": publisher.base_url},
        "extensions": [*EXTENSIONS, f"{publisher.base_url}{EXTENSION}"],
    }


def dumps(value: Json) -> bytes:
    """Return JSON, amounts as the exact numbers that they are."""
    return orjson.dumps(value, default=_number)


def lines(values: Iterable[Json]) -> Iterable[bytes]:
    """Yield JSON Lines."""
    for each in values:
        yield dumps(each) + b"\n"


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError


def extension_file(name: str) -> bytes:
    """Return a file of the local extension, one of `EXTENSION_FILES`."""
    return files("ledger.ocds").joinpath("extension", name).read_bytes()
