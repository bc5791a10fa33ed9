"""How a view of the API is declared: where, what it answers, and which problems it can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from marshmallow import RAISE, Schema

from ledger.words import N_
from web.api.blueprint import api
from web.api.catalogue import SUBMISSION
from web.api.parameters import Parameters
from web.api.shapes import Problem
from web.problems import MEDIA_TYPE

TOKEN: Final = "token"  # noqa: S105 - the name of a scheme
View = TypeVar("View", bound=Callable[..., Any])


def read(
    rule: str, summary: str, shape: type[Schema], parameters: type[Parameters] | None = None, **options: Any
) -> Any:
    """Declare a view that anyone may read. With parameters, the view gets them as its first argument."""
    about = {"summary": summary, "description": options.pop("description", "")}
    problems = {404} if "<" in rule else set()
    problems |= set(options.pop("problems", ()))
    problems |= {414, 422, 429, 503} if parameters is not None else {414, 429, 503}

    def declare(view: View) -> View:
        declared = api.response(200, shape)(view)
        declared = api.alt_response(304, description="Not Modified", success=True)(declared)
        for status in sorted(problems):
            declared = api.alt_response(status, schema=Problem, content_type=MEDIA_TYPE)(declared)
        if parameters is not None:
            declared = api.arguments(parameters, location="query", unknown=RAISE)(declared)
        declared = api.doc(**about)(declared)
        return api.route(rule, methods=["GET"], **options)(declared)

    return declare


def write(rule: str, summary: str, status: int, shape: type[Schema], *, once: bool = False) -> Any:
    """Declare a view that is sent an entry by somebody with a token."""

    def declare(view: View) -> View:
        declared = api.response(status, shape)(view)
        for problem in (401, 403, 409, 413, 414, 415, 422, 429, 503):
            declared = api.alt_response(problem, schema=Problem, content_type=MEDIA_TYPE)(declared)
        declared = api.doc(
            summary=summary,
            security=[{TOKEN: []}],
            requestBody={
                "required": True,
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{SUBMISSION}"}}},
            },
            **({"parameters": [_IDEMPOTENCY_KEY]} if once else {}),
        )(declared)
        return api.route(rule, methods=["POST"])(declared)

    return declare


_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": N_(
        "A word of your own, new for each entry. Sent again with the same bytes, nothing is recorded twice."
    ),
}
