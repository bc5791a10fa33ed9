"""Every address of a site that can be asked for with what is on record, made from its map of routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import AnyConverter, Rule

Known = Mapping[str, Sequence[object]]
"""The name of a part of an address -> what may stand there."""


def addresses(app: Flask, known: Known, queries: Sequence[str] = ()) -> Iterator[str]:
    """Yield the address of each page, feed and file for all known parts, and with each query where there is none."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for values in product(*(_choices(rule, name, known) for name in sorted(rule.arguments))):
            try:
                path = rule.build(dict(zip(sorted(rule.arguments), map(str, values), strict=True)))
                if path is None or adapter.match(path[1])[0] != rule.endpoint:
                    continue
            except HTTPException:
                continue
            yield path[1]
            yield from (f"{path[1]}?{query}" for query in queries)


def _choices(rule: Rule, name: str, known: Known) -> Sequence[object]:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    return known.get(name, ())


def answers(client: FlaskClient, paths: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
    """Ask for each path; yield it with the status, and headers and body as bytes."""
    for path in paths:
        response = client.get(quote(path, safe="/?=&%.-_+:"))
        head = "\n".join(f"{name}: {value}" for name, value in response.headers)
        yield path, response.status_code, head.encode() + b"\n\n" + response.get_data()
        response.close()
