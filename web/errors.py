"""Errors as plain pages: what happened and what to do, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, abort, current_app, make_response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from ledger.errors import CandourError, NotFound, Unavailable
from ledger.words import N_
from web.problems import for_programs, problem
from web.soundness import ReadOnly


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    advice: str


class Unclear(HTTPException):
    """An address that asks for what cannot be, with what is wrong and what to do, in the reader's language."""

    def __init__(self, status: int, title: str, advice: str) -> None:
        super().__init__(advice)
        self.code = status
        self.about = _Page(title, advice)


_PAGES: Final = {
    400: _Page(
        N_("This address cannot be understood"),
        N_("Something after the question mark is wrong. Remove it, or start from the list of processes."),
    ),
    401: _Page(
        N_("You have to sign in first"),
        N_("Sign in, or send a token that still works."),
    ),
    403: _Page(
        N_("This is not yours to do"),
        N_("Your account has no role that allows it. Ask an administrator if it should."),
    ),
    404: _Page(
        N_("There is nothing at this address"),
        N_("If you typed the address, check it. Entries are never removed: what has no page here was not recorded."),
    ),
    405: _Page(
        N_("This page can only be read"),
        N_("Your program tried to change something here. Use GET or HEAD."),
    ),
    410: _Page(
        N_("This is gone for good"),
        N_("It was removed on a legal basis. The entry that says so stays on record."),
    ),
    413: _Page(
        N_("This is too large"),
        N_("Send less at once: fewer rows, a smaller document, or a shorter text."),
    ),
    414: _Page(
        N_("This address is too long"),
        N_("Shorten what stands after the question mark to 8,000 characters: choose fewer things at once."),
    ),
    415: _Page(
        N_("This is in a form that cannot be read"),
        N_("Send JSON, and say so: Content-Type: application/json."),
    ),
    422: _Page(
        N_("Something in this cannot be recorded"),
        N_("Nothing was recorded. Go back, look at what you entered, and put right what is marked."),
    ),
    429: _Page(
        N_("Too much was asked for in a short time"),
        N_("Wait a minute, then try again. Reading feeds and files of the log costs less than reading pages."),
    ),
    500: _Page(
        N_("Something went wrong here"),
        N_("It is our fault, not yours. Nothing on record is lost. Try again later."),
    ),
    503: _Page(
        N_("The record cannot be read at the moment"),
        N_("Nothing on record is lost. Try again in a few minutes."),
    ),
}
_READ_ONLY: Final = _Page(
    N_("Nothing can be recorded at the moment"),
    N_(
        "The record contradicts itself, and those who run it have to settle that first. Nothing was recorded. What was "
        "published can be read as before, and drafts are kept."
    ),
)
_RETRY_SECONDS: Final = "30"
_KEPT_HEADERS: Final = frozenset({"Allow", "WWW-Authenticate"})
_LONGEST_QUERY: Final = 8_000


def handle_errors(app: Flask) -> None:
    """Answer every error with a page of its own status; for programs, with a problem."""
    app.before_request(_bound)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(CandourError, _show_ours)
    app.register_error_handler(Exception, _show_unexpected)


def _bound() -> None:
    if len(request.query_string) > _LONGEST_QUERY:
        abort(414)


def _show_http(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:  # noqa: PLR2004 - a redirect is raised too, and is no error
        return Response(error.get_response().get_data(), status, error.get_headers())
    response = _page(status, error.about if isinstance(error, Unclear) else None)
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            response.headers[name] = value
    return response


def _show_ours(error: CandourError) -> Response:
    if isinstance(error, NotFound):
        return _page(404)
    if isinstance(error, ReadOnly):
        return _page(503, _Page(gettext(_READ_ONLY.title), gettext(_READ_ONLY.advice)))
    current_app.logger.error("%s: %s", type(error).__name__, error)
    if not isinstance(error, Unavailable):
        return _page(500)
    response = _page(503)
    response.headers["Retry-After"] = _RETRY_SECONDS
    return response


def _show_unexpected(error: Exception) -> Response:
    current_app.logger.error("A request failed.", exc_info=error)
    return _page(500)


def _page(status: int, about: _Page | None = None) -> Response:
    if about is None:
        found = _PAGES.get(status) or _PAGES[400 if status < 500 else 500]  # noqa: PLR2004 - where the server's own begin
        about = _Page(gettext(found.title), gettext(found.advice))
    if for_programs():
        return problem(status, about.title, about.advice)
    response = make_response(render_template("error.html", about=about), status)
    response.headers["Cache-Control"] = "no-store"
    return response
