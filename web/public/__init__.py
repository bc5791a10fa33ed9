"""What anyone may read without signing in: pages, feeds, entries and the log."""

from __future__ import annotations

from web.public import dashboard, entry, feeds, log, pages, review
from web.public.blueprint import public

__all__ = ["dashboard", "entry", "feeds", "log", "pages", "public", "review"]
