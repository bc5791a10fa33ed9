"""The address of one erasable value of an entry: the value with what proves it, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from flask import Response, abort
from flask_babel import gettext

from ledger.actions.ledger import REDACTION_BASES, LedgerEntryRedacted
from ledger.disclosure import PUBLIC, Slot, load_slots, value_of
from ledger.errors import NotFound
from ledger.kinds import Code, say
from ledger.process import Recorded
from ledger.voice import Voice
from projections import entries
from projections.hidden import field_words, redaction_of
from projections.present import recorded_day
from web.answers import FOR_A_MINUTE, answer, open_data
from web.errors import Unclear
from web.language import voice
from web.public.blueprint import public
from web.state import record

_MOST_LATER: Final = 1_000


@public.get("/entries/<entry:index>/values/<name>")
def value(index: int, name: str) -> Response:
    """Return a disclosed value with what proves it; 410 where it was removed by law."""
    with record() as connection:
        found = entries.stored(connection, index)
        view = entries.one(connection, index)
        later = () if view is None else entries.followed(connection, index, _MOST_LATER)
    if found is None or view is None:
        abort(404)
    slot = next((each for each in load_slots(found[1]) if each.path == name), None)
    if slot is None:
        raise NotFound("There is no such value.")
    if slot.state == "redacted":
        raise _gone(slot, view.entry, [each.entry for each in later], voice())
    if slot.state not in PUBLIC or slot.disclosure is None:
        raise Unclear(
            404,
            gettext("This value is not public"),
            gettext("It is kept back. The page of entry %(number)s says until when, or on which basis.", number=index),
        )
    body = {"path": name, "digest": slot.digest, "disclosure": slot.disclosure, "value": value_of(slot.disclosure)}
    return open_data(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


def _gone(slot: Slot, target: Recorded, later: Sequence[Recorded], said: Voice) -> Unclear:
    what = field_words(type(target.action), slot.path, said)
    found = redaction_of(slot, later)
    title = gettext("This value is gone for good")
    if found is None or not isinstance(found.action, LedgerEntryRedacted):
        return Unclear(
            410, title, gettext("“%(what)s” of entry %(target)s was removed by law.", what=what, target=target.index)
        )
    advice = gettext(
        "“%(what)s” of entry %(target)s was removed by law on %(day)s. Basis: %(basis)s. Entry %(number)s says so. "
        "The proofs of entry %(target)s still hold.",
        what=what,
        target=target.index,
        day=said.day(recorded_day(found)),
        basis=say(Code(REDACTION_BASES), found.action.basis_code, said),
        number=found.index,
    )
    return Unclear(410, title, advice)
