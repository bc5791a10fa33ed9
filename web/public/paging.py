"""Pages of a list, by the number in the address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flask import abort, request

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list a page shows. Pages are numbered from 1."""

    page: int
    pages: int
    size: int

    @property
    def offset(self) -> int:
        """How many items come before."""
        return (self.page - 1) * self.size


def asked_page() -> int:
    """Return `?page=`, 1 where it is left out; 400 for what is no page number."""
    given = request.args.get("page", "1")
    if _NUMBER.fullmatch(given) is None:
        abort(400)
    return int(given)


def paging(count: int, size: int) -> Paging:
    """Return the part that `?page=` asks for; 404 where there is none so far on. An empty list has one page."""
    found = Paging(asked_page(), max(1, -(-count // size)), size)
    if found.page > found.pages:
        abort(404)
    return found


def asked_index(name: str) -> int | None:
    """Return the entry's number in a parameter, None where it is left out; 400 for what is no number."""
    given = request.args.get(name)
    if given is None:
        return None
    if _INDEX.fullmatch(given) is None:
        abort(400)
    return int(given)
