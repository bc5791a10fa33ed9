"""What was recorded once keeps its bytes and can be read for ever."""

import json
import re
from base64 import urlsafe_b64decode

import pytest
import rfc8785

from ledger.actions import KINDS
from ledger.disclosure import HELD, digest_of, load_slots
from ledger.wire import decode
from tests.ledger.golden import GOLDEN, goldens, text_of

ENTRIES = dict(goldens())


def held(name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return golden["state"].encode(), None if golden["slots"] is None else golden["slots"].encode()


def test_every_kind_and_every_shape_of_the_envelope_has_its_golden_bytes():
    """A new kind comes with a sample; nothing golden is left over."""
    files = {str(path.relative_to(GOLDEN)).removesuffix(".json") for path in GOLDEN.glob("e*/*.json")}
    assert files == set(ENTRIES)
    assert {f"entries/{kind}" for kind in KINDS} <= files


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_encoded_in_the_bytes_in_which_it_was_published(name):
    """A published kind never changes its bytes: another shape is another version of the kind."""
    advice = f"{name} has other bytes than before. Declare a new version of the kind beside the old one."
    assert text_of(ENTRIES[name]) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8"), advice


@pytest.mark.parametrize("name", ENTRIES)
def test_the_published_bytes_are_read_back_into_the_same_entry(name):
    """Whoever holds the disclosures reads exactly what was recorded."""
    state, slots = held(name)
    assert decode(state, slots, HELD) == ENTRIES[name]


@pytest.mark.parametrize("name", ENTRIES)
def test_the_published_bytes_are_canonical(name):
    """Another implementation of RFC 8785 gives the same bytes."""
    state, _ = held(name)
    assert rfc8785.dumps(json.loads(state)) == state


@pytest.mark.parametrize("name", ENTRIES)
def test_every_hidden_value_is_referred_to_exactly_once(name):
    """Each digest beside an entry is that of its disclosure, and stands in the entry or in a disclosure, once."""
    state, stored = held(name)
    slots = load_slots(stored)
    disclosures = [str(slot.disclosure) for slot in slots]
    texts = [state.decode(), *map(_readable, disclosures)]
    for slot, disclosure in zip(slots, disclosures, strict=True):
        assert digest_of(disclosure) == slot.digest
        assert sum(len(re.findall(re.escape(slot.digest), text)) for text in texts) == 1


def _readable(disclosure):

    return urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).decode()
