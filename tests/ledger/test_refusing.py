"""A refusal never tells what is kept back: neither its words nor its numbers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.errors import Refused
from ledger.refusing import NOT_SAID
from tests.ledger.samples import BY_KIND
from tests.projections.record import TIMETABLE, Book, answer, disclosure, moved, opening, question, stated

EMBARGOED: Any = {"visibility": {"state": "embargoed"}}
OTHER = {"organisation": {"scheme": "GB-CHC", "id": "1", "name": "A charity"}, "role": "director"}
SECRET_DAY = "2026-06-22"
REASON = {"state": "given", "code": "capacity"}


def launch(deadline: str) -> Any:
    dates = {"launched_on": "2026-03-02", "tender_deadline": deadline}
    data = BY_KIND["procurement-launched.v1"].raw["data"] | dates
    return stated("procurement-launched", data)


REFUSALS = {
    # what is on record and kept back, what is handed in, whether another body learns why
    "a date that an embargoed timetable holds": ([TIMETABLE | EMBARGOED], launch("2026-05-01"), False),
    "a date that an embargoed change moved": (
        [TIMETABLE, moved("tender_deadline", SECRET_DAY, REASON) | EMBARGOED],
        launch("2026-05-01"),
        False,
    ),
    "a date that the public timetable holds": ([TIMETABLE], launch("2026-05-01"), True),
    "a date that was embargoed": ([TIMETABLE | EMBARGOED, disclosure(1, "data")], launch("2026-05-01"), True),
    "an answer that is embargoed": (
        [question("Why?", "q-1"), answer("q-1", "Because.", **EMBARGOED)],
        answer("q-1", "Again."),
        False,
    ),
    "an answer that is public": ([question("Why?", "q-1"), answer("q-1", "Because.")], answer("q-1", "Again."), True),
    "a second timetable, whose kind is open": ([TIMETABLE | EMBARGOED], TIMETABLE, True),
    "nothing of that name": ([TIMETABLE | EMBARGOED], answer("q-9"), True),
}


@pytest.mark.parametrize(("held", "wanted", "is_told"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_no_more_than_is_public(sqlite_engine: Engine, held: list[Any], wanted: Any, *, is_told: bool):
    """Another body is told why only where the public record says so; whoever kept it back is always told."""
    book = Book(sqlite_engine)
    book.record_all([opening(), *held])
    with pytest.raises(Refused) as to_others:
        book.record(wanted | {"by": OTHER})
    with pytest.raises(Refused) as to_own:
        book.record(wanted)
    assert (to_others.value.template == NOT_SAID) is not is_told
    assert to_own.value.template != NOT_SAID
    assert is_told or str(to_own.value) not in str(to_others.value)
    assert is_told or SECRET_DAY not in str(to_others.value)
