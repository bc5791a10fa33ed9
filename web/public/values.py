"""The address of one erasable value of an entry: the value with what proves it, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from flask import Response, abort
from flask_babel import gettext

from ledger.actions.ledger import REDACTION_BASES, LedgerEntryRedacted
from ledger.disclosure import PUBLIC, Slot, covers, load_slots, value_of, visible
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
    slots = load_slots(found[1])
    shown, _ = visible(slots)
    slot = next((each for each in slots if each.path == name), None)
    if slot is not None and slot.state == "redacted":
        raise _gone(slot, view.entry, [each.entry for each in later], voice())
    if slot is None or slot not in shown or slot.disclosure is None:
        # One answer for what is kept back and for what was never there: which fields an entry has is not told.
        raise _kept_back(index) if _may_be_kept_back(view.entry, name, slots) else NotFound("There is no such value.")
    body = {"path": name, "digest": slot.digest, "disclosure": slot.disclosure, "value": value_of(slot.disclosure)}
    return open_data(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


def _may_be_kept_back(entry: Recorded, name: str, slots: Sequence[Slot]) -> bool:
    """Whether a name can be that of a value which is not public: of an entry that is not, any of its fields."""
    if entry.statement.visibility.state != "public" and covers("data", name):
        return any(each.state not in PUBLIC for each in slots if covers("data", each.path))
    return any(covers(each.path, name) for each in slots if each.state not in PUBLIC and each.path != "account")


def _kept_back(index: int) -> Unclear:
    return Unclear(
        404,
        gettext("This value is not public"),
        gettext("It is kept back. The page of entry %(number)s says until when, or on which basis.", number=index),
    )


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
