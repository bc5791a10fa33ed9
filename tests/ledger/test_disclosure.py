"""Salted values: what is hidden is nowhere in the entry, and another implementation unpacks the same."""

import base64
import hashlib
import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sd_jwt.verifier import SDJWTVerifier

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.disclosure import (
    HELD,
    PUBLIC,
    digest_of,
    disclosed,
    dump_slots,
    load_slots,
    make_disclosure,
    put_back,
    read_disclosure,
    redacted,
    value_of,
)
from ledger.errors import Refused
from ledger.kinds import NOT_HELD, Many, Undisclosed
from ledger.process import Recorded
from ledger.schema import load_submission
from ledger.store import new_salt
from ledger.wire import decode, encode
from tests.ledger.samples import BY_KIND, SAMPLES, counted_salt

WITHHELD = {"state": "withheld", "basis": "commercial_confidence"}
EMBARGOED = {"state": "embargoed", "until": "2027-01-01T00:00:00Z"}
ENVELOPE = {
    "account": "MARK-account",
    "late_reason": "MARK-late",
    "corrects": {"index": 1, "reason": "MARK-corrects"},
    "sources": [{"title": "MARK-source", "dated": "2018"}],
}
"""Every private field of the envelope."""


def recorded(raw):
    loaded = load_submission(raw)
    return Recorded(7, loaded.stream, 1, BY_KIND[f"{raw['action']}.v1"].recorded, loaded.action, loaded.statement)


def sealed(raw):
    return encode(recorded(raw), counted_salt(7))


# --- the specification ------------------------------------------------------------------------------------------------


def test_the_digest_of_the_specification():
    """RFC 9901's example disclosure has the digest that the RFC gives."""
    text = '["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]'
    disclosure = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    assert digest_of(disclosure) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert value_of(disclosure) == "Möbius"
    assert read_disclosure(disclosure) == ["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]


def test_a_disclosure_names_a_member_but_not_the_place_of_an_item():
    """An object's member is [salt, name, value], a list's item [salt, value]; both without padding."""
    assert read_disclosure(make_disclosure("salt", "name", {"b": 1, "a": "é"})) == ["salt", "name", {"a": "é", "b": 1}]
    assert read_disclosure(make_disclosure("salt", 3, "value")) == ["salt", "value"]
    assert not any("=" in make_disclosure("s" * n, "name", "x") for n in range(9))


def test_a_salt_has_at_least_128_bits():
    """Salts are 16 random bytes or more in base64url, and no two of a thousand are alike."""
    salts = {new_salt() for _ in range(1000)}
    assert len(salts) == 1000
    for salt in salts:
        assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", salt)
        assert len(base64.urlsafe_b64decode(salt + "=" * (-len(salt) % 4))) >= 16


class Unpacker(SDJWTVerifier):
    """The `sd-jwt` package without its check of a signature, which our entries have elsewhere."""

    def _verify_sd_jwt(self, _key, sign_alg=None):
        assert sign_alg is None
        self._sd_jwt_payload = self._unverified_input_sd_jwt_payload


def unpacked_elsewhere(state, disclosures):
    """Return what the `sd-jwt` package makes of an entry's bytes and these disclosures."""
    body = base64.urlsafe_b64encode(state).rstrip(b"=").decode()
    return Unpacker("~".join([f"e30.{body}.", *disclosures, ""]), lambda *_: None).get_verified_payload()


def plain(value):
    """Return a value without what is not disclosed and without the digests."""
    if isinstance(value, dict):
        kept = {name: plain(each) for name, each in value.items() if name not in {"_sd", "_sd_alg"}}
        return {name: each for name, each in kept.items() if not isinstance(each, Undisclosed)}
    if isinstance(value, list):
        return [plain(each) for each in value if not isinstance(each, Undisclosed)]
    return value


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@pytest.mark.parametrize("visibility", [{"state": "public"}, WITHHELD], ids=lambda visibility: visibility["state"])
@pytest.mark.parametrize("sight", [PUBLIC, HELD, frozenset()], ids=["public", "held", "nothing"])
def test_another_implementation_unpacks_the_same(sample, visibility, sight):
    """The entry and the disclosures in sight give the same plain JSON in the `sd-jwt` package as here."""
    encoded = sealed(sample.raw | ENVELOPE | {"visibility": visibility})
    ours = orjson.loads(encoded.state)
    put_back(ours, encoded.slots, sight)
    shown = [slot.disclosure for slot in load_slots(encoded.slots) if slot.state in sight]
    assert plain(ours) == unpacked_elsewhere(encoded.state, shown)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@pytest.mark.parametrize("visibility", [{"state": "public"}, EMBARGOED, WITHHELD], ids=lambda each: each["state"])
def test_digests_are_sorted_and_unlike(sample, visibility):
    """The order of digests tells nothing of the order of fields, and equal values have unlike digests."""
    encoded = sealed(sample.raw | ENVELOPE | {"visibility": visibility})
    slots = load_slots(encoded.slots)
    assert len({slot.digest for slot in slots}) == len(slots)
    groups = [orjson.loads(encoded.state), *(read_disclosure(str(slot.disclosure))[-1] for slot in slots)]
    lists = [found for group in groups for found in sd_lists(group)]
    assert lists
    assert all(found == sorted(found) for found in lists)
    for slot in slots:
        assert (
            slot.digest
            == base64.urlsafe_b64encode(hashlib.sha256(str(slot.disclosure).encode("ascii")).digest())
            .rstrip(b"=")
            .decode()
        )


def sd_lists(value):
    if isinstance(value, dict):
        if "_sd" in value:
            yield value["_sd"]
        for each in value.values():
            yield from sd_lists(each)
    elif isinstance(value, list):
        for each in value:
            yield from sd_lists(each)


# --- nothing private is in the entry ----------------------------------------------------------------------------------


def marked(struct, data, marks):
    """Return the sample's data with every private text replaced by a mark of its own."""
    kept = {}
    for field in v.fields_of(struct):
        if field.name in data:
            kept[field.name] = marked_value(field.kind, data[field.name], marks)
    return kept


def marked_value(kind, value, marks):
    if isinstance(kind, Many):
        return [marked_value(kind.item, each, marks) for each in value]
    if isinstance(kind, v.Nested):
        return marked(kind.struct, value, marks)
    if not kind.private:
        return value
    marks.append(f"MARK-{len(marks)}-")
    return marks[-1] + "é"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@pytest.mark.parametrize("visibility", [{"state": "public"}, EMBARGOED, WITHHELD], ids=lambda each: each["state"])
def test_no_private_text_is_in_the_bytes_that_are_hashed(sample, visibility):
    """Prose, titles, personal values and the envelope's own stand beside the entry, never in it."""
    marks: list[str] = []
    data = marked(KINDS[sample.kind], sample.raw["data"], marks)
    encoded = sealed(sample.raw | ENVELOPE | {"data": data, "visibility": visibility})
    assert b"MARK" not in encoded.state
    beside = [json.dumps(read_disclosure(str(slot.disclosure))) for slot in load_slots(encoded.slots)]
    for mark in [*marks, "MARK-account", "MARK-late", "MARK-corrects", "MARK-source"]:
        assert sum(mark in text for text in beside) == 1


@settings(max_examples=60)
@given(
    sample=st.sampled_from(SAMPLES),
    text=st.text(st.characters(categories=["L", "N", "S"]), min_size=12, max_size=60),
    visibility=st.sampled_from([{"state": "public"}, EMBARGOED, WITHHELD]),
)
def test_no_text_at_all_finds_its_way_into_the_entry(sample, text, visibility):
    """Whatever a private field holds, in whatever script, the hashed bytes do not hold it."""
    text = f"§{text}"  # which no open value and no name of ours begins with
    marks: list[str] = []
    data = marked(KINDS[sample.kind], sample.raw["data"], marks)
    data = json.loads(json.dumps(data).replace("MARK-", json.dumps(text)[1:-1]))
    encoded = sealed(sample.raw | {"data": data, "visibility": visibility})
    assert text.encode() not in encoded.state
    assert json.dumps(text)[1:-1].encode() not in encoded.state


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@pytest.mark.parametrize("visibility", [EMBARGOED, WITHHELD], ids=lambda each: each["state"])
def test_of_an_entry_that_is_not_public_only_the_envelope_is(sample, visibility):
    """Unless public, the action is digests alone, and nothing of it or of its envelope's prose is in public sight."""
    encoded = sealed(sample.raw | ENVELOPE | {"visibility": visibility})
    stored = orjson.loads(encoded.state)
    assert set(stored["data"]) == {"_sd"}
    assert len(stored["data"]["_sd"]) == len(sample.raw["data"])
    states = {slot.path: slot.state for slot in load_slots(encoded.slots)}
    assert states.pop("account") == "withheld"
    assert set(states.values()) == {visibility["state"]}
    seen: Any = decode(encoded.state, encoded.slots, PUBLIC)
    hidden = Undisclosed(visibility["state"])
    assert all(getattr(seen.action, name) == hidden for name in sample.raw["data"])
    assert (seen.statement.late_reason, seen.statement.corrects.reason) == (hidden, hidden)
    assert seen.statement.sources[0].title == hidden
    assert decode(encoded.state, encoded.slots, HELD) == recorded(sample.raw | ENVELOPE | {"visibility": visibility})


# --- states and sight -------------------------------------------------------------------------------------------------

QUESTION = BY_KIND["clarification-question-received.v1"].raw
CHANGED = BY_KIND["lot-structure-revised.v1"].raw
PUBLISHED = BY_KIND["outcomes-framework-published.v1"].raw


def seen_as(raw, change=lambda slots: slots, sight=PUBLIC) -> Any:
    encoded = sealed(raw)
    return decode(encoded.state, dump_slots(change(load_slots(encoded.slots))), sight)


def test_a_question_is_embargoed_until_it_is_disclosed():
    """The words of a question stay back from the first; disclosed, they are read by everyone."""
    assert seen_as(QUESTION).action.text_or_summary == Undisclosed("embargoed")
    assert seen_as(QUESTION, sight=HELD).action.text_or_summary == "How many people transfer?"
    shown = seen_as(QUESTION, lambda slots: disclosed(slots, ["data.text_or_summary"]))
    assert shown.action.text_or_summary == "How many people transfer?"


def test_what_is_redacted_is_gone_for_every_sight():
    """A redacted value has no disclosure left, whoever looks; what stands beside it stays."""
    for sight in (PUBLIC, HELD):
        seen = seen_as(CHANGED, lambda slots: redacted(slots, ["data.reason.text"]), sight)
        assert seen.action.reason.text == Undisclosed("redacted")
        assert seen.action.reason.code == "provider_feedback"
    slots = redacted(load_slots(sealed(CHANGED).slots), ["data.reason.text"])
    assert not any("could not carry" in str(value_of(slot.disclosure)) for slot in slots if slot.disclosure)
    assert [slot.disclosure for slot in slots if slot.state == "redacted"] == [None]


def test_a_group_and_an_item_are_redacted_by_their_path():
    """A path covers all that lies inside it, and an item of a list goes alone."""
    seen = seen_as(PUBLISHED, lambda slots: redacted(slots, ["data.outcomes.0"]))
    assert seen.action.outcomes == (Undisclosed("redacted"),)
    assert seen.action.measures == ("Share of people visited in a month.",)
    seen = seen_as(PUBLISHED, lambda slots: redacted(slots, ["data"]))
    assert seen.action.document.title == Undisclosed("redacted")
    withheld = seen_as(CHANGED | {"visibility": WITHHELD}, lambda slots: redacted(slots, ["data.reason"]), HELD)
    assert withheld.action.reason == Undisclosed("redacted")
    assert withheld.action.value_after is not None


def test_the_whole_of_an_embargoed_entry_can_be_made_public():
    """Disclosed by its paths, an entry reads as if it had been public from the first."""
    paths = ["data", "late_reason", "corrects", "sources"]
    seen = seen_as(PUBLISHED | ENVELOPE | {"visibility": EMBARGOED}, lambda slots: disclosed(slots, paths))
    assert seen.action == recorded(PUBLISHED).action
    assert seen.statement.late_reason == "MARK-late"
    assert seen.statement.account == Undisclosed("withheld")


def test_without_any_disclosure_an_entry_is_still_read():
    """From the hashed bytes alone every required private value is there as not held."""
    seen: Any = decode(sealed(QUESTION).state, None)
    assert seen.action.text_or_summary == NOT_HELD
    assert seen.action.topic == "specification"


@pytest.mark.parametrize("change", [redacted, disclosed])
@pytest.mark.parametrize("path", ["data.topic", "data.text", "data.text_or_summary.x", "nothing", "", "dat", "data."])
def test_only_what_is_erasable_is_redacted_or_disclosed(change, path):
    """A path that leads to no erasable value is refused, and the words list those that there are."""
    slots = load_slots(sealed(QUESTION).slots)
    with pytest.raises(Refused) as refused:
        change(slots, [path])
    assert "Choose from: data.text_or_summary." in str(refused.value)


def test_what_is_redacted_is_never_made_public_again():
    """What is gone cannot be disclosed, by its own path or that of a group around it; redacting twice does nothing."""
    slots = redacted(load_slots(sealed(CHANGED).slots), ["data.reason.text"])
    for path in ("data.reason.text", "data.reason", "data"):
        with pytest.raises(Refused, match="was redacted and is gone"):
            disclosed(slots, [path])
    assert redacted(slots, ["data.reason.text"]) == slots
    assert dump_slots(()) is None
    assert load_slots(None) == ()
