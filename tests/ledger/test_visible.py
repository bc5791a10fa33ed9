"""What the slots of an entry tell to anyone: values that are disclosed, and open digests; nothing of what is inside."""

from __future__ import annotations

import pytest

from ledger.disclosure import Slot, visible


def slot(path: str, state: str = "disclosed", digest: str = "") -> Slot:
    return Slot(path, digest or path[::-1], state, None if state == "redacted" else "x")  # type: ignore[arg-type]


CIRCUMSTANCES = {
    # states by path -> disclosed, closed
    "all disclosed": ({"data.text": "disclosed"}, ["data.text"], []),
    "one removed": ({"data.text": "redacted", "data.title": "disclosed"}, ["data.title"], ["data.text"]),
    "inside what is not public": (
        {"data.reason": "embargoed", "data.reason.text": "embargoed", "data.title": "disclosed"},
        ["data.title"],
        ["data.reason"],
    ),
    "disclosed inside what is not public": (
        {"data.reason": "withheld", "data.reason.text": "disclosed"},
        [],
        ["data.reason"],
    ),
    "removed inside what is disclosed": (
        {"data.reason": "disclosed", "data.reason.text": "redacted"},
        ["data.reason"],
        ["data.reason.text"],
    ),
    "a name that begins like another": (
        {"data.reason": "withheld", "data.reasons": "disclosed"},
        ["data.reasons"],
        ["data.reason"],
    ),
}


@pytest.mark.parametrize(("states", "open_", "closed"), CIRCUMSTANCES.values(), ids=CIRCUMSTANCES)
def test_what_is_seen(states: dict[str, str], open_: list[str], closed: list[str]):
    """A value inside one that is closed is not counted, whatever its own state."""
    shown, shut = visible([slot(path, state) for path, state in states.items()])
    assert [each.path for each in shown] == open_
    assert [each.path for each in shut] == closed


def test_the_order_of_fields_is_not_told():
    """Closed values come in the order of their digests, as in the entry itself."""
    _, shut = visible([slot("data.a", "withheld", "zz"), slot("data.b", "withheld", "aa")])
    assert [each.digest for each in shut] == ["aa", "zz"]
