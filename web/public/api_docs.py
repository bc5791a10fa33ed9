"""The description of the API: for programs as OpenAPI, for people as a page of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template

from web.answers import FOR_A_MINUTE, answer, open_data, page
from web.api.describing import description
from web.public.blueprint import public

_PREFIX = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object, or one parameter: its name, what it is, and its type in the words of JSON."""

    name: str
    description: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does. Texts are in English, for the template to translate."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Member, ...]
    answers: tuple[tuple[str, str | None], ...]
    needs_token: bool


@public.get("/api/openapi.json")
def openapi() -> Response:
    """Return the description of the API (OpenAPI 3.1)."""
    return open_data(answer(json.dumps(description(), ensure_ascii=False), "application/json", FOR_A_MINUTE))


@public.get("/api/docs")
def api_docs() -> Response:
    """Show the description of the API to people."""
    told = description()
    shapes = {name: told["components"]["schemas"][name] for name in _answered(told)}
    return page(
        render_template(
            "api_docs.html",
            operations=list(_operations(told)),
            shapes=[(name, tuple(_members(shape))) for name, shape in sorted(shapes.items())],
            server=told["servers"][0]["url"],
        )
    )


def _operations(told: dict[str, Any]) -> Iterator[Operation]:
    for path, operations in told["paths"].items():
        shared = operations.get("parameters", [])
        for method in ("get", "post"):
            if method in operations:
                yield _operation(path, method, operations[method], shared)


def _operation(path: str, method: str, told: dict[str, Any], shared: list[Any]) -> Operation:
    return Operation(
        anchor=method + re.sub(r"[^a-z]+", "-", path.removeprefix("/api/v1")).rstrip("-"),
        method=method.upper(),
        path=path,
        summary=told["summary"],
        description=told.get("description", ""),
        parameters=tuple(_parameter(each) for each in (*shared, *told.get("parameters", []))),
        answers=tuple((status, _shape(each)) for status, each in sorted(told["responses"].items())),
        needs_token=bool(told.get("security")),
    )


def _parameter(told: dict[str, Any]) -> Member:
    return Member(told["name"], told.get("description", ""), _type(told["schema"]), told["required"])


def _shape(response: dict[str, Any]) -> str | None:
    """Return the name of the schema of an answer; None where it has no body."""
    for content in response.get("content", {}).values():
        return str(content["schema"]["$ref"]).removeprefix(_PREFIX)
    return None


def _answered(told: dict[str, Any]) -> set[str]:
    """Return the schemas that answers name, and those inside them."""
    found: set[str] = set()
    waiting = {
        shape
        for operations in told["paths"].values()
        for method in ("get", "post")
        for response in operations.get(method, {}).get("responses", {}).values()
        if (shape := _shape(response)) is not None
    }
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_named(told["components"]["schemas"][name])) - found
    return found


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(_PREFIX)
        for inner in schema.values():
            yield from _named(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _named(inner)


def _members(shape: dict[str, Any]) -> Iterator[Member]:
    required = set(shape.get("required", ()))
    for name, told in shape["properties"].items():
        yield Member(name, told.get("description", ""), _type(told), name in required)


def _type(schema: dict[str, Any]) -> str:
    """Say a type as programs do: string, [Entry], integer or null."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_PREFIX)
    found = schema.get("type", "any")
    kinds = found if isinstance(found, list) else [found]
    said = [f"[{_type(schema.get('items', {}))}]" if each == "array" else str(each) for each in kinds]
    return " | ".join(said)
