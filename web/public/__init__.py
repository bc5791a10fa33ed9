"""What anyone may read without signing in: pages, feeds, entries and the log."""

from __future__ import annotations

from web.public import (
    bundle,
    checkpoints,
    compare,
    dashboard,
    entry,
    feeds,
    imports,
    log,
    organisations,
    pages,
    process,
    recommendation,
    review,
    search,
    verify,
)
from web.public.blueprint import public

__all__ = [
    "bundle",
    "checkpoints",
    "compare",
    "dashboard",
    "entry",
    "feeds",
    "imports",
    "log",
    "organisations",
    "pages",
    "process",
    "public",
    "recommendation",
    "review",
    "search",
    "verify",
]
