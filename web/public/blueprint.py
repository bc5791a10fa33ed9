"""The blueprint of everything that anyone may read."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

public: Final = Blueprint("public", __name__)
