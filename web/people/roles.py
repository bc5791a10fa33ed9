"""Who may record what: one table, from which the forms, the API and the tests take it.

Roles and what each may do are the design's: a recorder acts for an organisation; a provider asks questions and reports
issues; an overseer keeps its group's record, reports issues and reviews; an information officer removes and
discloses values; an administrator looks after accounts and records nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger import actions as _actions
from ledger.kinds import stated
from ledger.structs import Party
from ledger.words import N_

RECORDER: Final = "recorder"
PROVIDER: Final = "provider"
OVERSEER: Final = "overseer"
INFORMATION_OFFICER: Final = "information_officer"
ADMINISTRATOR: Final = "administrator"

ROLES: Final = {
    RECORDER: N_("Recorder"),
    PROVIDER: N_("Provider"),
    OVERSEER: N_("Overseer"),
    INFORMATION_OFFICER: N_("Information officer"),
    ADMINISTRATOR: N_("Administrator"),
}

WITHOUT_ORGANISATION: Final = frozenset({ADMINISTRATOR})

_OFFICER: Final = frozenset({"ledger-entry-redacted.v1", "ledger-entry-disclosed.v1"})
_BY_COMMAND_ONLY: Final = frozenset({"signing-key-rotated.v1", "external-release-imported.v1"})
_ISSUES: Final = frozenset({"issue-reported.v1", "issue-escalated.v1", "issue-resolved.v1"})
_QUESTIONS: Final = frozenset({"clarification-question-received.v1", "site-visit-requested.v1"})
_GROUPS: Final = frozenset(
    name for name, kind in _actions.KINDS.items() if "group" in kind.declaration.streams and name not in _OFFICER
)
_OVERSIGHT: Final = frozenset({"post-process-review-published.v1"})

KINDS_OF: Final = {
    RECORDER: frozenset(_actions.KINDS) - _OFFICER - _BY_COMMAND_ONLY,
    PROVIDER: _QUESTIONS | _ISSUES,
    OVERSEER: _GROUPS | _ISSUES | _OVERSIGHT,
    INFORMATION_OFFICER: _OFFICER,
    ADMINISTRATOR: frozenset[str](),
}
"""Role -> the kinds of entry that somebody in that role may record, for their own organisation."""


def body_of(party: Party) -> tuple[str, str]:
    """Return an organisation's scheme and identifier, as `Grant.body` has them; "" for what is not stated."""
    return stated(party.scheme) or "", stated(party.id) or ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for an organisation; scheme and id are "" where the role has no organisation."""

    role: str
    scheme: str = ""
    organisation: str = ""
    name: str = ""

    @property
    def body(self) -> tuple[str, str]:
        """Return the organisation's scheme and identifier, which make two spellings one body."""
        return (self.scheme, self.organisation)


def may_record(grants: frozenset[Grant], kind: str, body: tuple[str, str]) -> bool:
    """Whether any of the grants lets its holder record a kind of entry for an organisation."""
    return any(kind in KINDS_OF[each.role] and each.body == body for each in grants)


def recordable(grants: frozenset[Grant]) -> frozenset[str]:
    """Return the kinds of entry that the grants allow for some organisation."""
    return frozenset[str]().union(*(KINDS_OF[each.role] for each in grants))
