"""What anyone may read without signing in: pages, feeds, entries and the log."""

from __future__ import annotations

from web.public import (
    api_docs,
    bundle,
    calendars,
    checkpoints,
    compare,
    dashboard,
    entry,
    explaining,
    feeds,
    following,
    imports,
    log,
    ocds,
    organisations,
    pages,
    process,
    recommendation,
    review,
    search,
    values,
    verify,
)
from web.public.blueprint import public

__all__ = [
    "api_docs",
    "bundle",
    "calendars",
    "checkpoints",
    "compare",
    "dashboard",
    "entry",
    "explaining",
    "feeds",
    "following",
    "imports",
    "log",
    "ocds",
    "organisations",
    "pages",
    "process",
    "public",
    "recommendation",
    "review",
    "search",
    "values",
    "verify",
]
