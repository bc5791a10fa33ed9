"""The one small tree of errors.

Each message is a template and its parameters, kept apart so that a screen can translate the template. `str()` gives
English. The words say what is wrong and what to do about it, for a person who records, not for a programmer.
"""

from __future__ import annotations

from collections.abc import Mapping


class CandourError(Exception):
    """Base of all errors a caller is expected to show.

    `template` is a translatable text with `%(name)s` slots; `parameters` fills them.
    """

    def __init__(self, template: str, /, **parameters: object) -> None:
        super().__init__(template)
        self.template = template
        self.parameters: Mapping[str, object] = parameters

    def __str__(self) -> str:
        return self.template % self.parameters if self.parameters else self.template


class Refused(CandourError):
    """A rule says no. Nothing was recorded."""


class Invalid(CandourError):
    """The input has the wrong shape. Nothing was recorded.

    `problems` maps each wrong field's path (`changes.0.new_date`) to its errors, so that all are shown at once.
    """

    def __init__(self, problems: Mapping[str, tuple[CandourError, ...]]) -> None:
        super().__init__("The entry has mistakes.")
        self.problems = dict(problems)

    def __str__(self) -> str:
        return "\n".join(f"{path or 'entry'}: {problem}" for path, found in self.problems.items() for problem in found)


class Wrong(CandourError, ValueError):
    """One value is wrong; the schema collects these by field into `Invalid`."""


class Conflict(CandourError):
    """Somebody else recorded at the same time and deciding again did not help. Nothing was recorded; try again."""


class NotFound(CandourError, LookupError):
    """Nothing is on record under that name or number."""


class Unavailable(CandourError):
    """The database or the disk does not answer. `stored` says whether the work may nevertheless be on record."""

    def __init__(self, template: str, /, *, stored: bool | None = False, **parameters: object) -> None:
        super().__init__(template, **parameters)
        self.stored = stored


class Corrupt(CandourError):
    """The log contradicts itself. Stop, say which entry, serve reads only."""
