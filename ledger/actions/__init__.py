"""The catalogue: every kind of entry, grouped as the domain groups them."""

from __future__ import annotations

from typing import Final

from ledger.actions import (
    advisory,
    commitments,
    contract,
    delivery,
    design,
    engagement,
    issues,
    ledger,
    process,
    procurement,
    timeline,
)
from ledger.vocabulary import Register, declared_kinds

MODULES: Final = (
    process,
    engagement,
    advisory,
    timeline,
    commitments,
    design,
    procurement,
    contract,
    delivery,
    issues,
    ledger,
)

KINDS: Final = Register([kind for module in MODULES for kind in declared_kinds() if kind.__module__ == module.__name__])
"""Every kind of entry by its name. Made at import, so that a contradictory catalogue never starts."""
