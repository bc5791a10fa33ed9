"""How often one sender may write in a minute, and how long a plain form may be. Reading pages is not counted.

Requests are counted in this process's memory: with several workers the most is so many times as much. That keeps a
single sender from taking all of a site, and costs no database anything. A web server in front can be stricter.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from flask import Flask, Response, abort, current_app, g, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from web.people.access import actor
from web.problems import for_programs

BY_PEOPLE: Final = RateLimitItemPerMinute(60)
BY_PROGRAMS: Final = RateLimitItemPerMinute(1_000)
OF_CHECKS: Final = RateLimitItemPerMinute(20)
"""Checking a bundle is the dearest thing that anybody may ask for."""

CHECKS: Final = "public.verify_sent"

_KEY: Final = "candour-limits"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"
_AGAIN: Final = "60"
_SITE_PREFIX: Final = 64


def put_limits(app: Flask) -> None:
    """Bound what is sent to the application. To be called before `put_access`, which reads what is sent."""
    app.extensions[_KEY] = MovingWindowRateLimiter(MemoryStorage())
    app.before_request(_count)
    app.after_request(_say_when)


def _count() -> None:
    if request.method in _READING or request.endpoint is None:
        return
    if request.mimetype == _FORM:
        # The bound for the texts of a form holds for multipart alone.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    limiter: MovingWindowRateLimiter = current_app.extensions[_KEY]
    if not limiter.hit(_limit(), _sender()):
        g.too_often = True
        abort(429)


def _limit() -> RateLimitItem:
    if request.endpoint == CHECKS:
        return OF_CHECKS
    return BY_PROGRAMS if for_programs() else BY_PEOPLE


def _sender() -> str:
    """Return who sends, as text: an account, or else an address. Checks need no account, so they go by address."""
    found = None if request.endpoint == CHECKS else actor()
    return site_of(request.remote_addr or "") if found is None else f"account {found.account.id}"


def site_of(address: str) -> str:
    """Return the network that one sender has for itself: an IPv4 address, or the 64 bits of an IPv6 site."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, _SITE_PREFIX), strict=False) if isinstance(known, IPv6Address) else known)


def _say_when(response: Response) -> Response:
    if g.get("too_often"):
        response.headers["Retry-After"] = _AGAIN
    return response
