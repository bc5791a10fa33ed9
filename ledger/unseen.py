"""What an entry that is not public keeps back as one: which fields it has is not told either.

entry not public -> its kind, its state, when that ends, and what was made public since
                 -> nothing of the other fields: not even which of them were filled in
"""

from __future__ import annotations

from ledger.kinds import Undisclosed
from ledger.process import Recorded
from ledger.vocabulary import fields_of, kind_at


def kept_fields(entry: Recorded) -> frozenset[str]:
    """Return the names of the action's fields that are kept back as one; none where the entry is public.

    What is left when only such values are kept back as wait in public entries too, the words of a question, is named.
    """
    state = entry.statement.visibility.state
    if state == "public":
        return frozenset()
    values = {each.name: getattr(entry.action, each.name) for each in fields_of(type(entry.action))}
    kept = frozenset(name for name, value in values.items() if isinstance(value, Undisclosed) and value.state == state)
    waiting = {name for name in kept if kind_at(type(entry.action), name).first_state == "embargoed"}
    return kept if kept - waiting else frozenset()
