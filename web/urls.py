"""The parts of an address that are more than text. What does not fit is not found."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class EntryNumber(BaseConverter):
    """An entry's number in decimal, in its one spelling."""

    # Far more than a log can hold, and still within what a database can compare.
    regex = "(?:0|[1-9][0-9]{0,14})"

    def to_python(self, value: str) -> int:
        return int(value)


class Reference(BaseConverter):
    """The public reference of a process or an advisory group."""

    regex = "[a-z0-9][a-z0-9-]{0,62}"
