"""What a page may load, run and send: the content security policy, as strict as each page allows."""

from __future__ import annotations

import secrets
from typing import Final

from flask import Response, g, url_for
from markupsafe import Markup

POLICY: Final = (
    # Nothing from anywhere but here, and no script at all.
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

SECURITY: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def script(name: str, *, fetches: bool = False) -> Markup:
    """Return the element that loads one of our scripts, and let the page run it; `fetches`: it also reads this site."""
    g.runs_scripts = True
    g.fetches = g.get("fetches", False) or fetches
    return Markup('<script type="module" src="{}"></script>').format(url_for("static", filename=f"built/{name}"))


def csp_nonce() -> str:
    """Return what an inline script of this answer must carry. Such an answer is new each time, so nothing keeps it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def secure(response: Response) -> Response:
    """Add the headers that every answer carries."""
    for name, value in (SECURITY | {"Content-Security-Policy": _policy()}).items():
        response.headers.setdefault(name, value)
    if "csp_nonce" in g:
        response.headers["Cache-Control"] = "no-store"
    return response


def _policy() -> str:
    sources = ["'self'"] if g.get("runs_scripts") else []
    if "csp_nonce" in g:
        sources.append(f"'nonce-{g.csp_nonce}'")
    scripts = f"; script-src {' '.join(sources)}" if sources else ""
    return POLICY + scripts + ("; connect-src 'self'" if g.get("fetches") else "")
