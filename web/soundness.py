"""Whether anything may be recorded: not while the log contradicts what was signed, by whatever way it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ledger.errors import Unavailable
from ledger.files import read_file
from ledger.words import N_
from projections.follower import ALERT

_MOST_ALERT: Final = 4_000


class ReadOnly(Unavailable):
    """The log contradicts what was signed, so it is read only. Nothing was recorded."""


def alert_in(public_dir: Path) -> str | None:
    """Return the follower's warning that the log contradicts itself, if there is one."""
    found = read_file(public_dir / ALERT, _MOST_ALERT)
    return None if found is None else found[:_MOST_ALERT].decode(errors="replace").strip()


def require_sound(public_dir: Path) -> None:
    """Raise `ReadOnly` while the follower's warning stands.

    An entry recorded now would follow on other entries than those that were signed: it could never be sealed, and a
    restore would have to refuse the copy that it stands in.
    """
    alert = alert_in(public_dir)
    if alert is not None:
        raise ReadOnly(
            N_("Nothing can be recorded at the moment, because the record contradicts itself: %(alert)s"), alert=alert
        )
