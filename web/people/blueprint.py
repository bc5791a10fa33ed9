"""The blueprint of signing in and of accounts."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

people: Final = Blueprint("people", __name__)
