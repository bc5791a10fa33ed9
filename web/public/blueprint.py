"""The blueprint of everything that anyone may read."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

from web.people.access import ANYONE, open_to

public: Final = open_to(ANYONE)(Blueprint("public", __name__))
