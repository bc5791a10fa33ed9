"""What is kept of a history while entries are added is what would be worked out anew."""

from collections.abc import Iterator
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from ledger.actions.procurement import ClarificationAnswered
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.process import History, Recorded
from ledger.vocabulary import Action
from tests.ledger.samples import record_all

ENTRIES = record_all()
STREAM = ENTRIES[0].stream
KINDS: tuple[tuple[type[Action], ...], ...] = ((), (ClarificationAnswered,), (TimelinePublished, TimelineChanged))


NONE: tuple[int, ...] = ()


def and_index(found: tuple[int, ...], entry: Recorded) -> tuple[int, ...]:
    """The entries so far."""
    return (*found, entry.index)


def indexes(history: History, kinds: tuple[type[Action], ...]) -> tuple[int, ...]:
    """The entries that stand, of these kinds or of all."""
    return tuple(each.index for each in history.standing(*kinds))


def grown(asked: frozenset[int]) -> Iterator[tuple[History, History]]:
    """A history after each entry after which it is asked, and the same made anew."""
    history = History(STREAM)
    for place, entry in enumerate(ENTRIES):
        history.add(entry)
        if place in asked:
            anew = History(STREAM)
            for each in ENTRIES[: place + 1]:
                anew.add(each)
            yield history, anew


def evens(history: History) -> History:
    """A view of every other entry."""
    return history.without(lambda root, _: root % 2 == 1)


@given(st.frozensets(st.integers(0, len(ENTRIES) - 1)))
def test_what_is_folded_on_is_what_is_folded_anew(asked):
    """Whenever it is asked, and whatever was corrected or withdrawn between, each entry that stands counts once."""
    for history, anew in grown(asked):
        for kinds in KINDS:
            found = history.folded(("indexes", kinds), NONE, and_index, *kinds)
            assert found == indexes(anew, kinds)


@given(st.frozensets(st.integers(0, len(ENTRIES) - 1)))
def test_a_view_that_is_kept_sees_what_a_new_one_sees(asked):
    """A view outlives the entries that are added, and so do the facts worked out from it, each as if made anew."""
    for history, anew in grown(asked):
        view, fresh = history.fact("evens", partial(evens, history), shared=False), evens(anew)
        assert view.version == fresh.version
        for kinds in KINDS:
            wanted = indexes(fresh, kinds)
            assert indexes(view, kinds) == wanted
            known = view.fact(("seen", kinds), partial(indexes, view, kinds))
            assert known == wanted
            assert view.folded(("indexes", kinds), NONE, and_index, *kinds) == wanted
