"""Errors for programs: problem details (RFC 9457), in words, with a pointer to each wrong value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response, request

from ledger.errors import CandourError
from ledger.voice import Voice

MEDIA_TYPE: Final = "application/problem+json"
PROGRAMS: Final = "/api/v1"
"""Below this path everything is for programs, errors too."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong: where, as a JSON pointer into what was sent or the name of a parameter, and what to do.

    Exactly one of `pointer` and `parameter` is given.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return it as a member of `errors`."""
        where = {"pointer": self.pointer, "parameter": self.parameter}
        return {"detail": self.detail} | {name: value for name, value in where.items() if value is not None}


def for_programs() -> bool:
    """Whether this request came to the doors for programs."""
    return request.path == PROGRAMS or request.path.startswith(f"{PROGRAMS}/")


def problem(status: int, title: str, detail: str, errors: Iterable[Detail] = ()) -> Response:
    """Return a problem; all texts are in the reader's language already."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    listed = [each.as_json() for each in errors]
    if listed:
        body["errors"] = listed
    response = Response(json.dumps(body), status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def pointer(path: str) -> str:
    """Return the JSON pointer (RFC 6901, as a fragment) of a path such as `data.changes.0.new_date`."""
    parts = path.split(".") if path else []
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def details_of_parameters(messages: Mapping[str, Mapping[str, Sequence[object]]], voice: Voice) -> list[Detail]:
    """Return the details of wrong parameters from what marshmallow found: place -> name -> what is wrong."""
    return [
        Detail(voice.error(wrong) if isinstance(wrong, CandourError) else str(wrong), parameter=name)
        for named in messages.values()
        for name, wrongs in named.items()
        for wrong in wrongs
    ]
