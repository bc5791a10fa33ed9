"""The blueprint of the API: anyone may read; whoever records carries a token."""

from __future__ import annotations

import hashlib
from typing import Final

from flask import Response, request
from flask_babel import gettext
from flask_smorest import Blueprint
from werkzeug.exceptions import UnprocessableEntity

from ledger.errors import Conflict, Invalid, Refused, Wrong
from web.answers import ALWAYS_ASK, open_data
from web.language import voice
from web.people.access import ANYONE, by_token, open_to
from web.problems import PROGRAMS, Detail, details_of_parameters, pointer, problem
from web.recording import OtherContent

api: Final = by_token(open_to(ANYONE)(Blueprint("api", __name__, url_prefix=PROGRAMS, description="")))


@api.after_request
def _finish(response: Response) -> Response:
    """Let what was read be asked for again at little cost, and by pages of any origin."""
    if request.method not in {"GET", "HEAD"}:
        return response
    response.vary.add("Accept-Language")
    if response.status_code == 200:  # noqa: PLR2004 - what was found
        response.headers["Cache-Control"] = ALWAYS_ASK
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
        response.make_conditional(request)
    return open_data(response)


@api.errorhandler(UnprocessableEntity)
def _wrong_parameters(error: UnprocessableEntity) -> Response:
    messages = getattr(error, "data", {}).get("messages", {})
    return problem(
        422,
        gettext("Something in the address is wrong"),
        gettext("Each wrong parameter is listed, with what to do about it."),
        details_of_parameters(messages, voice()),
    )


@api.errorhandler(Invalid)
def _invalid(error: Invalid) -> Response:
    said = voice()
    return problem(
        422,
        gettext("Something in this cannot be recorded"),
        gettext("Nothing was recorded. Each wrong field is listed, with what to do about it."),
        [Detail(said.error(each), pointer=pointer(path)) for path, wrongs in error.problems.items() for each in wrongs],
    )


@api.errorhandler(Wrong)
def _wrong(error: Wrong) -> Response:
    return problem(422, gettext("Something in the address is wrong"), voice().error(error))


@api.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    return problem(409, gettext("A rule of the record refuses this"), voice().error(error))


@api.errorhandler(Conflict)
def _conflict(error: Conflict) -> Response:
    return problem(409, gettext("Somebody else was recording"), voice().error(error))


@api.errorhandler(OtherContent)
def _other_content(_: OtherContent) -> Response:
    return problem(
        409,
        gettext("This idempotency key was used for something else"),
        gettext("Nothing was recorded. Give each new entry a key of its own; repeat a key only with the same bytes."),
    )
