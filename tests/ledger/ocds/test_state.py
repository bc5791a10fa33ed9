"""What releases say in all: our merging is that of the standard's own library."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.ocds.merge import Merging
from ledger.ocds.state import Items, difference, keyed, plain, put

words = st.sampled_from(["a", "b", "c"])
values = st.one_of(words, st.integers(0, 3), st.lists(words, min_size=1, max_size=2, unique=True))
groups = st.dictionaries(st.sampled_from(["x", "y", "z"]), values, min_size=1)
items = st.lists(groups, min_size=1, max_size=3).map(
    lambda found: [{"id": str(place), **each} for place, each in enumerate(found)]
)
said = st.fixed_dictionaries(
    {}, optional={"tender": groups, "planning": st.fixed_dictionaries({"budget": groups}), "awards": items}
)


@given(st.lists(said, max_size=4))
def test_merging_is_that_of_the_standard_s_library(releases):
    """What is put together one by one is what the library compiles of the same releases."""
    state: dict[str, Any] = {}
    merging = Merging()
    for place, each in enumerate(releases):
        put(state, deepcopy(each))
        merging.add({"ocid": "ocds-test00-1", "id": str(place), "date": f"2026-01-0{place + 1}", **deepcopy(each)})
    compiled = {name: held for name, held in merging.state.items() if name not in {"ocid", "id", "date", "tag"}}
    assert plain(state) == compiled


@given(said, said)
def test_a_difference_leads_from_one_state_to_the_other(old, new):
    """What is said as a difference, put on the old state, gives all that the new one says, and takes the rest away."""
    before, after = keyed(deepcopy(old)), keyed(deepcopy(new))
    put(before, difference(before, after))
    assert difference(before, after) == {}
    assert without_what_is_left(plain(before), plain(after)) == plain(after)


def without_what_is_left(held, wanted):
    """Leave out what no release can take away: ids, and groups that hold nothing."""
    if not isinstance(held, dict) or not isinstance(wanted, dict):
        if isinstance(held, list) and held and isinstance(held[0], dict):
            known = {each["id"]: each for each in wanted or []}
            return [without_what_is_left(each, known[each["id"]]) for each in held if each["id"] in known]
        return held
    return {name: without_what_is_left(inside, wanted[name]) for name, inside in held.items() if name in wanted}


def test_what_was_withdrawn_says_so_until_it_is_said_anew():
    """A period that is taken away holds a word, since merging would leave it empty; a new date replaces it."""
    state = {"tender": {"tenderPeriod": {"endDate": "2026-06-01T00:00:00Z"}}}
    put(state, difference(state, {"tender": {}}))
    assert state == {"tender": {"tenderPeriod": {"description": "Withdrawn"}}}
    said = put(state, {"tender": {"tenderPeriod": {"endDate": "2026-07-01T00:00:00Z"}}})
    assert said == {"tender": {"tenderPeriod": {"description": None, "endDate": "2026-07-01T00:00:00Z"}}}
    assert state == {"tender": {"tenderPeriod": {"endDate": "2026-07-01T00:00:00Z"}}}


def test_lists_without_ids_are_replaced_whole():
    """A list of codes is what was last said."""
    state = {"parties": Items({"a": {"id": "a", "roles": ["buyer"]}})}
    assert put(state, {"parties": [{"id": "a", "roles": ["buyer", "payer"]}]}) == {
        "parties": [{"id": "a", "roles": ["buyer", "payer"]}]
    }
