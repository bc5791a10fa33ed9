"""Open contracting data for programs: releases, records, everything line by line, and the local extension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from flask import Response, abort, render_template, url_for

from ledger.clock import utc_now
from ledger.ocds.packages import EXTENSION_FILES, Publisher, dumps, extension_file, record_package, release_package
from ledger.streams import Stream
from projections import entries, ocds
from web.answers import ALWAYS_ASK, FOR_A_MINUTE, answer, open_data, page
from web.public.blueprint import public
from web.public.bulk import is_written, page_of_releases
from web.public.paging import asked_index
from web.state import record, state

_JSON: Final = "application/json"


def _publisher() -> Publisher:
    site = state().site
    return Publisher(site.origin, site.base_url)


@public.get("/data")
def data() -> Response:
    """Tell people what can be taken away, and in which form."""
    return page(render_template("data.html", is_written=is_written()))


@public.get("/ocds/releases.json")
def releases() -> Response:
    """Return a package of the releases of 100 entries, from the number `?from=` on. The header `Link` names the next.

    A full page stays as it is, but for what is disclosed or removed by law later.
    """
    first = asked_index("from") or 0
    with record() as connection:
        size = ocds.size(connection)
        if first and first >= size:
            abort(404)
        finished = page_of_releases(first, min(first + ocds.PAGE, size)) if size else None
        found: Sequence[Any] = ocds.page(connection, first) if finished is None else finished
        changed = entries.one(connection, min(first + ocds.PAGE, size) - 1) if size else None
    published = utc_now() if changed is None else changed.entry.recorded
    package = release_package(_publisher(), f"/ocds/releases.json?from={first}", published, found)
    response = open_data(answer(dumps(package), _JSON, ALWAYS_ASK))
    if first + ocds.PAGE < size:
        response.headers["Link"] = f'<{_publisher().base_url}/ocds/releases.json?from={first + ocds.PAGE}>; rel="next"'
        response.headers["Access-Control-Expose-Headers"] = "Link"
    return response


@public.get("/ocds/processes/<reference:reference>/record.json")
def record_of_process(reference: str) -> Response:
    """Return the record of a process: its releases, compiled and versioned."""
    with record() as connection:
        found = ocds.of_stream(connection, Stream("process", reference))
        if not found:
            abort(404)
        last = entries.one(connection, found[-1][0])
    published = utc_now() if last is None else last.entry.recorded
    path = f"/ocds/processes/{reference}/record.json"
    package = record_package(_publisher(), path, published, [each for _, each in found])
    return open_data(answer(dumps(package), _JSON, ALWAYS_ASK))


@public.get("/ocds/extension/<name>")
def ocds_extension(name: str) -> Response:
    """Return a file of the local extension, which the packages name."""
    if name not in EXTENSION_FILES:
        abort(404)
    content = extension_file(name)
    if name == EXTENSION_FILES[0]:
        about = {"en": f"{_publisher().base_url}{url_for('public.ocds_extension_told')}"}
        content = dumps(orjson.loads(content) | {"documentationUrl": about})
    return open_data(answer(content, _JSON, FOR_A_MINUTE))


@public.get("/ocds/extension/")
def ocds_extension_told() -> Response:
    """Explain the local extension to people, field by field, as its schema does."""
    schema = orjson.loads(extension_file("release-schema.json"))
    parts = [("Release", schema), *schema["definitions"].items()]
    told = [(name, [_field(*each) for each in part["properties"].items()]) for name, part in parts]
    return page(render_template("ocds_extension.html", parts=told))


def _field(name: str, about: dict[str, Any]) -> tuple[str, str, str]:
    types = about["type"] if isinstance(about["type"], list) else [about["type"]]
    values = [each for each in about.get("enum", types) if each not in {None, "null"}]
    return name, about["description"], ", ".join(values)
