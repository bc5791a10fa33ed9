"""Where the record asks why: reasons given, withheld on a basis, not given, and those of which it does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ledger import vocabulary as v
from ledger.kinds import CodeList, NotStated, Undisclosed
from ledger.process import History
from ledger.structs import Reason
from ledger.words import N_

State = Literal["given", "withheld", "not_given", "not_stated", "not_shown"]

STATES: Final = CodeList(
    "reason as counted",
    {
        "given": N_("Given"),
        "withheld": N_("Withheld on a stated basis"),
        "not_given": N_("Not given"),
        "not_stated": N_("Not stated by the source"),
        "not_shown": N_("On record, not public"),
    },
)
"""A reason whose words were removed or kept back was given all the same: only its state is looked at (domain 1.2)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A reason that an entry of this kind had to give, or not."""

    entry: int
    action: str
    state: State


def reasons(history: History) -> Iterator[Asked]:
    """Yield each reason that the standing entries of the stream itself were asked for, in the order of the log."""
    for entry in history.standing():
        declaration = entry.action.declaration
        if entry.stream != history.stream or declaration.stage == "record":
            continue
        for field in v.fields_of(type(entry.action)):
            value = getattr(entry.action, field.name)
            if isinstance(field.kind, v.Nested) and field.kind.struct is Reason and value is not None:
                yield Asked(entry.index, declaration.name, _state(value))


def _state(value: Reason | NotStated | Undisclosed) -> State:
    if isinstance(value, NotStated):
        return "not_stated"
    return "not_shown" if isinstance(value, Undisclosed) else value.state
