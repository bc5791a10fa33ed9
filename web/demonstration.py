"""What the demonstration has of its own besides its stories: a secret, and an account for each role."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.files import write_file
from web.people import accounts
from web.people.accounts import changing
from web.people.roles import ADMINISTRATOR, INFORMATION_OFFICER, OVERSEER, PROVIDER, RECORDER, Grant

_OFFICE: Final = ("fictional", "rco", "Resettlement Commissioning Office")
_CHARITY: Final = ("fictional", "pennywort", "Pennywort Families")
_GROUP: Final = ("fictional", "rrg", "Resettlement Reference Group")
"""Bodies of the invented story."""

_PEOPLE: Final = (
    ("recorder@demonstration.example", "Rowan Recorder", Grant(RECORDER, *_OFFICE)),
    ("provider@demonstration.example", "Petra Provider", Grant(PROVIDER, *_CHARITY)),
    ("overseer@demonstration.example", "Omar Overseer", Grant(OVERSEER, *_GROUP)),
    ("officer@demonstration.example", "Ines Officer", Grant(INFORMATION_OFFICER, *_OFFICE)),
    ("administrator@demonstration.example", "Avery Administrator", Grant(ADMINISTRATOR)),
)


def own_secret(path: Path) -> str:
    """Return the demonstration's secret, made at its first start and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, secrets.token_urlsafe(48).encode(), mode=0o600)
    return path.read_text(encoding="ascii")


def people(engine: Engine) -> Iterator[tuple[str, str]]:
    """Make an account for each role where there is none yet; yield (e-mail address, password) of each one made."""
    for email, name, grant in _PEOPLE:
        with changing(engine) as connection:
            if accounts.by_email(connection, email) is not None:
                continue
            made, password = accounts.create(connection, email, name, utc_now()), secrets.token_urlsafe(12)
            accounts.give(connection, made.id, grant, utc_now())
            accounts.set_password(connection, made, password, utc_now())
        yield email, password
