"""Releases written for the tests: as small as a rule needs them, with what makes them usable."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from ledger.ocds.material import digest_of, material
from ledger.ocds.plan import Plan, Taken, plan
from ledger.ocds.read import Found, read
from ledger.ocds.values import publisher

OCID = "ocds-test-1"
BUYER = {"id": "GB-X-1", "name": "A council"}


def release(number: int, date: str, tag: str = "tenderUpdate", **parts: Any) -> dict[str, Any]:
    """Return a release; `number` makes its id."""
    return {"ocid": OCID, "id": f"r{number}", "date": date, "tag": [tag], "buyer": BUYER, **parts}


def taken(raw: dict[str, Any]) -> Taken:
    """Return a release as it is kept."""
    facts, notes = material(raw)
    return Taken(digest_of(raw), publisher({"name": "A publisher"}), facts, tuple(notes))


def planned(*releases: dict[str, Any]) -> Plan:
    """Return what releases come to."""
    return plan([taken(each) for each in releases])


def changes(made: Plan) -> list[Any]:
    """Return the actions that come of releases after the first, but for the entries of the releases themselves."""
    actions = [each.action for each in made.entries]
    imports = [place for place, each in enumerate(actions) if type(each).__name__ == "ExternalReleaseImported"]
    return [
        each for place, each in enumerate(actions) if len(imports) > 1 and place > imports[1] and place not in imports
    ]


def package(*releases: Any, **members: Any) -> bytes:
    """Return a release package."""
    return json.dumps({"publisher": {"name": "A publisher"}, **members, "releases": list(releases)}).encode()


def found(content: bytes, *, by_line: bool = False) -> list[Found]:
    """Return what a file of these bytes holds."""
    return list(read(BytesIO(content), lambda: BytesIO(content), by_line=by_line))


def problems(content: bytes | Iterable[Found]) -> list[str | None]:
    """Return, for each thing found, why it cannot be used, or None."""
    each_found = found(content) if isinstance(content, bytes) else content
    return [None if each.problem is None else str(each.problem) for each in each_found]
