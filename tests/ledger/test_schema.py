"""What comes from outside: every wrong field is named in plain words, and what is loaded is exactly what was sent."""

import json
import sys
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.disclosure import HELD, load_slots, read_disclosure
from ledger.envelope import Statement
from ledger.errors import CandourError, Invalid
from ledger.kinds import NOT_STATED, Many, NotStated
from ledger.loading import load_right
from ledger.process import Recorded
from ledger.schema import MOST_INPUT_BYTES, load_submission, parse_json, schema_of
from ledger.voice import ENGLISH
from ledger.wire import MOST_BYTES, decode, encode
from tests.ledger.book import OTHERS, STATEMENTS, submission
from tests.ledger.samples import BY, BY_KIND, GROUP, LEDGER, PROCESS, SAMPLES, counted_salt

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def problems(raw):
    """The wrong fields of an input, each with its words."""
    with pytest.raises(Invalid) as invalid:
        load_submission(raw)
    assert invalid.value.problems
    assert all(found for found in invalid.value.problems.values())
    return {path: " ".join(map(str, found)) for path, found in invalid.value.problems.items()}


def with_data(action="timeline-changed", *, standing="act", **data):
    return submission(action, standing=standing, **data)


# --- one fault at a time ----------------------------------------------------------------------------------------------

CHANGE = {"code": "launch", "new_date": "2025-07-01"}
REASON = {"state": "given", "text": "Because."}
WRONG = [
    ("an unknown field", "timeline-changed", {"speed": 1}, "data.speed", "no such field"),
    (
        "an unknown field inside a row",
        "timeline-changed",
        {"changes": [CHANGE | {"x": 1}]},
        "data.changes.0.x",
        "no such",
    ),
    ("an unknown field inside a reason", "timeline-changed", {"reason": REASON | {"x": 1}}, "data.reason.x", "no such"),
    ("a missing field", "timeline-changed", {"decided_on": ...}, "data.decided_on", "missing"),
    (
        "a missing field inside",
        "timeline-changed",
        {"changes": [{"code": "launch"}]},
        "data.changes.0.new_date",
        "missing",
    ),
    ("nothing where an act must say", "timeline-changed", {"decided_on": None}, "data.decided_on", "not stated"),
    ("nothing in a list", "needs-assessment-published", {"prisons": [None]}, "data.prisons.0", "not stated"),
    ("nothing in a row", "timeline-changed", {"changes": [None]}, "data.changes.0", "not stated"),
    ("text for a list", "timeline-changed", {"changes": "launch"}, "data.changes", "Give a list."),
    ("a group for a list", "timeline-changed", {"changes": CHANGE}, "data.changes", "Give a list."),
    ("a list for a group", "timeline-changed", {"reason": ["given"]}, "data.reason", "Give a group of named values"),
    ("text for a group", "timeline-changed", {"reason": "Because."}, "data.reason", "Give a group of named values"),
    ("a number for text", "timeline-changed", {"changes": [CHANGE | {"code": 7}]}, "data.changes.0.code", "as text"),
    ("too short a list", "timeline-changed", {"changes": []}, "data.changes", "Give from 1 to 500 items."),
    ("too long a list", "timeline-changed", {"changes": [CHANGE] * 501}, "data.changes", "Give from 1 to 500 items."),
    (
        "31 February",
        "timeline-changed",
        {"changes": [CHANGE | {"new_date": "2025-02-31"}]},
        "data.changes.0.new_date",
        "“2025-02-31” is not a day in the calendar.",
    ),
    ("29 February of a common year", "timeline-changed", {"decided_on": "2025-02-29"}, "data.decided_on", "calendar"),
    ("a day in words", "timeline-changed", {"decided_on": "last week"}, "data.decided_on", "is not a date"),
    ("a time without its zone", "timeline-changed", {"decided_on": "2025-05-01T10:00"}, "data.decided_on", "its zone"),
    ("an hour that is none", "timeline-changed", {"decided_on": "2025-05-01T25:00Z"}, "data.decided_on", "calendar"),
    (
        "an end before the beginning",
        "timeline-changed",
        {"decided_on": "2025-05/2025-04"},
        "data.decided_on",
        "ends before",
    ),
    ("a year out of reach", "timeline-changed", {"decided_on": "0001"}, "data.decided_on", "is not a date"),
    ("digits of another script", "timeline-changed", {"decided_on": "٢٠٢٥"}, "data.decided_on", "is not a date"),
    (
        "negative money",
        "budget-published",
        {"amount": {"amount": "-1", "currency": "GBP"}},
        "data.amount",
        "zero or more",
    ),
    ("money as a number", "budget-published", {"amount": {"amount": 1, "currency": "GBP"}}, "data.amount", "as text"),
    (
        "money with commas",
        "budget-published",
        {"amount": {"amount": "1,000", "currency": "GBP"}},
        "data.amount",
        "commas",
    ),
    (
        "endless money",
        "budget-published",
        {"amount": {"amount": "9" * 16, "currency": "GBP"}},
        "data.amount",
        "as text",
    ),
    (
        "an unknown currency",
        "budget-published",
        {"amount": {"amount": "1", "currency": "QQQ"}},
        "data.amount",
        "three letters",
    ),
    (
        "a currency in small letters",
        "budget-published",
        {"amount": {"amount": "1", "currency": "gbp"}},
        "data.amount",
        "three",
    ),
    ("no currency", "budget-published", {"amount": {"amount": "1"}}, "data.amount", "an amount and a currency"),
    (
        "money and more",
        "budget-published",
        {"amount": {"amount": "1", "currency": "GBP", "x": 1}},
        "data.amount",
        "nothing else",
    ),
    ("an unknown code", "budget-published", {"vat": "both"}, "data.vat", "Choose one of: net, gross."),
    ("a code that is a list", "budget-published", {"vat": ["net"]}, "data.vat", "Choose one of"),
    (
        "yes as a word",
        "budget-published",
        {"full_cost_recovery": "yes"},
        "data.full_cost_recovery",
        "Answer yes (true)",
    ),
    ("yes as a number", "budget-published", {"full_cost_recovery": 1}, "data.full_cost_recovery", "Answer yes (true)"),
    (
        "a yes that counts",
        "advisory-group-meeting-held",
        {"meeting_no": True},
        "data.meeting_no",
        "Give a whole number.",
    ),
    (
        "a count that is text",
        "advisory-group-meeting-held",
        {"meeting_no": "1"},
        "data.meeting_no",
        "Give a whole number.",
    ),
    ("a float", "advisory-group-meeting-held", {"meeting_no": 1.0}, "data.meeting_no", "Give a whole number."),
    ("a count too low", "advisory-group-meeting-held", {"meeting_no": 0}, "data.meeting_no", "from 1 to"),
    ("a negative entry", "contract-value-corrected", {"wrong_since": -1}, "data.wrong_since", "from 0 to"),
    ("a huge integer", "advisory-group-meeting-held", {"meeting_no": 10**5000}, "data.meeting_no", "from 1 to"),
    ("a huge decimal", "procurement-team-resourced", {"fte": 10**5000}, "data.fte", "as text"),
    ("a float of posts", "procurement-team-resourced", {"fte": 2.5}, "data.fte", "as text"),
    ("posts that are no number", "procurement-team-resourced", {"fte": "NaN"}, "data.fte", "as text"),
    (
        "more than all their time",
        "procurement-team-resourced",
        {"dedicated_share": "100.1"},
        "data.dedicated_share",
        "0 to 100",
    ),
    ("a promise for ever", "commitment-made", {"duration": 10**9}, "data.duration", "from 1 to 4000"),
    ("a time of day that is none", "commitment-made", {"cut_off_time": "24:00"}, "data.cut_off_time", "as 17:00"),
    ("a prison by its name", "site-visit-requested", {"prison": "Leeds"}, "data.prison", "three capital letters"),
    ("a digest too short", "external-release-imported", {"sha256": "ab"}, "data.sha256", "64 small hexadecimal"),
    (
        "an address that is a script",
        "oversight-update-reported",
        {"document": {"title": "T", "address": "javascript:x"}},
        "data.document.address",
        "https://",
    ),
    ("an id with a space", "issue-reported", {"issue_id": "my issue"}, "data.issue_id", "Use letters"),
    ("an empty text", "issue-reported", {"text": " \n "}, "data.text", "This is empty."),
    ("a text too long", "issue-reported", {"text": "a" * 20_001}, "data.text", "at most 20000 fit"),
    ("a line too long", "milestone-reached", {"milestone_code": "a" * 101}, "data.milestone_code", "at most 100 fit"),
    ("a control character", "issue-reported", {"text": "a\x00b"}, "data.text", "control character"),
    ("a control character of C1", "issue-reported", {"text": "a\x85b"}, "data.text", "control character"),
    ("half a character", "issue-reported", {"text": "a\ud800b"}, "data.text", "half a character"),
    ("what is no character", "issue-reported", {"text": "a\uffffb"}, "data.text", "cannot be printed"),
    ("text turned round", "issue-reported", {"text": "a\u202eb"}, "data.text", "cannot be printed"),
    ("two lines for one", "contract-terminated", {"contract_id": "a\nb"}, "data.contract_id", "on one line"),
    ("a hidden line break", "procurement-launched", {"portal": "a\u2028b"}, "data.portal", "on one line"),
    ("a reason without words", "timeline-changed", {"reason": {"state": "given"}}, "data.reason.text", "Say why"),
    (
        "withheld without a basis",
        "timeline-changed",
        {"reason": {"state": "withheld"}},
        "data.reason.basis",
        "Choose the basis",
    ),
    (
        "not given, and given",
        "timeline-changed",
        {"reason": REASON | {"state": "not_given"}},
        "data.reason.state",
        "Choose “given”",
    ),
    (
        "a basis without withholding",
        "timeline-changed",
        {"reason": REASON | {"basis": "other"}},
        "data.reason.basis",
        "belongs only",
    ),
    (
        "a period that ends first",
        "contract-details-published",
        {"period": {"first": "2026-01-02", "last": "2026-01-01"}},
        "data.period.last",
        "before the first day",
    ),
    (
        "one id for two measures",
        "contract-details-published",
        {"kpis": [{"kpi_id": "a", "title": "T", "target": "1"}] * 2},
        "data.kpis",
        "Two measures have one id.",
    ),
]


@pytest.mark.parametrize(("action", "data", "path", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_field_is_named_and_nothing_else_is(action, data, path, words):
    """Each fault names its own field, says what to do, and accuses no other field."""
    load_submission(with_data(action))
    found = problems(with_data(action, **data))
    assert set(found) == {path}
    assert words in found[path]


def statement(**changes):
    """An input whose envelope is changed; `...` takes a field out."""
    return {name: value for name, value in (with_data("issue-reported") | changes).items() if value is not ...}


SOURCE = {"title": "T"}
ENVELOPE = [
    ("an unknown field", {"colour": "red"}, "colour"),
    ("no action", {"action": ...}, "action"),
    ("an unknown action", {"action": "tea-made"}, "action"),
    ("an action that is a list", {"action": ["issue-reported"]}, "action"),
    ("an unknown version", {"action": "issue-reported.v99"}, "action"),
    ("no stream", {"stream": ...}, "stream"),
    ("a stream in capitals", {"stream": "process/Family"}, "stream"),
    ("a stream that climbs", {"stream": "process/../x"}, "stream"),
    ("no standing", {"standing": ...}, "standing"),
    ("an unknown standing", {"standing": "rumour"}, "standing"),
    ("nobody", {"by": ...}, "by"),
    ("nobody's role", {"by": {"organisation": BY["organisation"]}}, "by.role"),
    (
        "an organisation without a number",
        {"by": BY | {"organisation": {"scheme": "a", "name": "b"}}},
        "by.organisation.id",
    ),
    ("a withheld entry without a basis", {"visibility": {"state": "withheld"}}, "visibility.basis"),
    (
        "a public entry with an end",
        {"visibility": {"state": "public", "until": "2027-01-01T00:00:00Z"}},
        "visibility.until",
    ),
    ("an embargo until a day", {"visibility": {"state": "embargoed", "until": "2027-01-01"}}, "visibility.until"),
    ("an import without sources", {"standing": "import"}, "sources"),
    ("a reconstruction without sources", {"standing": "reconstruction", "sources": []}, "sources"),
    ("a source without a title", {"sources": [{"dated": "2018"}]}, "sources.0.title"),
    ("a source not stated", {"sources": [SOURCE | {"dated": None}]}, "sources.0.dated"),
    ("a process named twice", {"concerns": ["a", "a"]}, "concerns"),
    ("a correction without a reason", {"corrects": {"index": 1}}, "corrects.reason"),
    ("a correction of nothing", {"corrects": {"index": -1, "reason": "x"}}, "corrects.index"),
    ("data that is a list", {"data": []}, "data"),
    ("data that is nothing", {"data": None}, "data"),
]


@pytest.mark.parametrize(("changes", "path"), [row[1:] for row in ENVELOPE], ids=[row[0] for row in ENVELOPE])
def test_a_wrong_envelope_is_named(changes, path):
    """Who says so, under which standing, on which evidence: each fault of the envelope names its field."""
    found = problems(statement(**changes))
    assert set(found) == {path}


@pytest.mark.parametrize("raw", [None, 1, "text", [], [{}], True])
def test_what_is_no_group_at_all_is_refused(raw):
    """An input that is not a group of named values is refused as a whole."""
    assert set(problems(raw)) == {""}


def test_every_fault_is_told_at_once():
    """All wrong fields of an input come back together."""
    raw = with_data(changes=[{"code": "la unch", "new_date": "2025-02-31", "x": 1}], reason=None, speed=1)
    raw |= {"colour": "red", "stream": "nowhere"}
    assert set(problems(raw)) == {
        "stream",
        "colour",
        "data.changes.0.code",
        "data.changes.0.new_date",
        "data.changes.0.x",
        "data.reason",
        "data.speed",
    }


def test_hostile_names_of_fields_are_shown_harmlessly():
    """A name that cannot be printed, or is very long, does not come back as it was."""
    found = problems(with_data() | {"\ud800\x00": 1, "a" * 10_000: 1})
    assert set(found) == {"\ufffd\ufffd", "a" * 100}


# --- not stated -------------------------------------------------------------------------------------------------------


def required(action):
    return [field for field in v.fields_of(KINDS[f"{action}.v1"]) if field.required]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
@pytest.mark.parametrize("standing", OTHERS)
def test_under_other_standings_anything_may_be_not_stated(sample, standing):
    """A report, an import or a reconstruction may leave out, or write null for, all but what an entry is about."""
    action = sample.raw["action"]
    for absent in ({}, {field.name: None for field in required(action) if field.statable}):
        essential = {field.name: sample.raw["data"][field.name] for field in required(action) if not field.statable}
        raw = sample.raw | STATEMENTS[standing] | {"data": absent | essential}
        enough = {"duration": 1, "unit": "months"} if action == "commitment-made" else {}
        loaded = load_submission(raw | {"data": raw["data"] | enough})
        for field in required(action):
            held = getattr(loaded.action, field.name)
            assert isinstance(held, NotStated) is field.statable


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("ledger-entry-withdrawn", "target"),
        ("ledger-entry-redacted", "target_entry"),
        ("ledger-entry-redacted", "fields"),
        ("ledger-entry-disclosed", "target"),
        ("ledger-entry-disclosed", "fields"),
        ("commissioning-process-registered", "reference"),
        ("advisory-group-convened", "group_id"),
    ],
)
@pytest.mark.parametrize("standing", ["act", *OTHERS])
def test_what_an_entry_is_about_is_always_stated(action, field, standing):
    """Under no standing can it be left open which entry, process or group is meant."""
    for absent in (None, ...):
        assert set(problems(with_data(action, standing=standing, **{field: absent}))) == {f"data.{field}"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_an_act_states_everything_but_may_leave_yes_or_no_open(sample):
    """Under an act each required field is asked for, and only questions of yes or no take “not stated”."""
    fields = required(sample.raw["action"])
    assert set(problems(sample.raw | {"data": {}})) >= {f"data.{field.name}" for field in fields}
    open_questions = {field.name: None for field in fields if field.kind.name == "yes-no"}
    loaded = load_submission(sample.raw | {"data": sample.raw["data"] | open_questions})
    assert all(getattr(loaded.action, name) is NOT_STATED for name in open_questions)
    others = {field.name: None for field in fields if field.kind.name != "yes-no"}
    refused = problems(sample.raw | {"data": sample.raw["data"] | others})
    assert set(refused) == {f"data.{name}" for name in others}


# --- JSON -------------------------------------------------------------------------------------------------------------

UNREADABLE = [
    ("a key twice", '{"a": 1, "a": 2}', "“a” stands twice"),
    ("a key twice, deep inside", '{"x": [{"a": 1, "\\u0061": 2}]}', "“a” stands twice"),
    ("a float", '{"a": 1.5}', "Write 1.5 as text in quotes"),
    ("an exponent", '{"a": 1e400}', "Write 1e400 as text in quotes"),
    ("NaN", '{"a": NaN}', "Write NaN as text in quotes"),
    ("infinity", '{"a": -Infinity}', "Write -Infinity as text in quotes"),
    ("an integer of 5,000 digits", "9" * 5_000, "cannot be read as JSON"),
    ("a comma too many", '{"a": 1,}', "cannot be read as JSON"),
    ("nothing", "", "cannot be read as JSON"),
    ("bytes that are no text", b'{"a": "\xff\xfe"}', "cannot be read as JSON"),
    ("nesting without end", "[" * 500_000, "cannot be read as JSON"),
    ("nesting without end, in groups", '{"a":' * 300_000, "cannot be read as JSON"),
    ("two megabytes and one", " " * (MOST_INPUT_BYTES + 1), "longer than 2000000 bytes"),
    ("two megabytes in few characters", "é" * 1_500_000, "longer than 2000000 bytes"),
]


@pytest.mark.parametrize(("text", "words"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_json_is_read_strictly(text, words):
    """Duplicate keys, floats, endless nesting and endless input are refused before they are looked into."""
    with pytest.raises(Invalid) as invalid:
        parse_json(text)
    assert words in str(invalid.value)


def test_a_repeated_key_among_very_many_is_found_at_once():
    """A hundred thousand keys, the last of them twice: looked at once, not once for each."""
    text = "{" + ",".join(f'"k{n}":1' for n in range(150_000)) + ',"k149999":1}'
    with pytest.raises(Invalid, match="“k149999” stands twice"):
        parse_json(text)


def test_two_megabytes_are_read():
    """The longest input that is looked at is looked at."""
    assert parse_json('"' + "a" * (MOST_INPUT_BYTES - 2) + '"')[:3] == "aaa"


# --- sizes ------------------------------------------------------------------------------------------------------------


def recorded(raw):
    loaded = load_submission(raw)
    return Recorded(7, loaded.stream, 1, NOON, loaded.action, loaded.statement)


def test_an_entry_that_is_too_large_names_what_to_shorten():
    """An entry over 65,535 bytes is refused; the largest field is named, in the action or on the envelope."""
    areas = ["a" * 290] * 300
    with pytest.raises(Invalid) as invalid:
        encode(recorded(with_data("market-health-assessment-published", areas=areas)), counted_salt(0))
    assert list(invalid.value.problems) == ["data.areas"]
    assert "at most 65535 fit" in str(invalid.value)
    sources = [{"title": "T", "reference": "a" * 290}] * 300
    hidden = {"state": "withheld", "basis": "other"}
    with pytest.raises(Invalid) as invalid:
        encode(recorded(with_data("issue-reported", sources=sources, visibility=hidden)), counted_salt(0))
    assert list(invalid.value.problems) == ["sources"]


def test_the_largest_entry_fits():
    """65,535 bytes are recorded, one more is not."""
    lines = ["a" * 120] * 500
    size = len(encode(recorded(with_data("market-health-assessment-published", areas=lines)), counted_salt(0)).state)
    missing = MOST_BYTES - size
    fitting = ["a" * (120 + missing // 500 + (n < missing % 500)) for n in range(500)]
    raw = with_data("market-health-assessment-published", areas=fitting)
    assert len(encode(recorded(raw), counted_salt(0)).state) == MOST_BYTES
    too_long = with_data("market-health-assessment-published", areas=[*fitting[1:], fitting[0] + "a"])
    with pytest.raises(Invalid):
        encode(recorded(too_long), counted_salt(0))


def test_disclosures_are_bounded_too():
    """A million bytes of prose beside one entry are refused, naming the longest."""
    item = {"issue": "a" * 19_000, "decision": "accepted", "reason": {"state": "not_given"}, "led_to": "b"}
    items = [item, item | {"issue": "a" * 20_000}, *[item] * 60]
    with pytest.raises(Invalid) as invalid:
        encode(recorded(with_data("consultation-response-published", items=items)), counted_salt(0))
    assert list(invalid.value.problems) == ["data.items.1.issue"]


# --- anything at all --------------------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.text(st.characters(categories=["Cs", "Cc", "Cf"]), max_size=3)
    | st.sampled_from(
        ["2025-06", "2025-06-03", "2025-06-03T10:00Z", "2025/2026", "given", "not_given", "withheld", "a-1", "7"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(raw=JSON)
def test_arbitrary_json_is_loaded_or_refused_by_name(raw):
    """Nothing that JSON can say ends in anything but an entry or named fields."""
    check(raw)


@st.composite
def nearly_right(draw):
    """A sample in which a few values, anywhere inside, are replaced, taken out or joined by others."""
    sample, standing = draw(st.sampled_from(SAMPLES)), draw(st.sampled_from(["act", *OTHERS]))
    more = draw(st.sampled_from([{}, {"visibility": {"state": "withheld", "basis": "other"}}, {"account": "a.person"}]))
    raw: Any = deepcopy(sample.raw | STATEMENTS[standing] | more)
    for _ in range(draw(st.integers(0, 3))):
        place = raw if draw(st.integers(0, 4)) == 0 else raw["data"]
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.integers(0, 3)) == 0:
                del place[key]
            else:
                place[key] = draw(JSON)
            break
        if not isinstance(raw.get("data"), dict):
            break
    return raw


@settings(max_examples=400)
@given(raw=nearly_right())
def test_nearly_right_input_is_loaded_or_refused_by_name(raw):
    """Whatever is wrong in an otherwise good entry is named, and what loads is recorded faithfully."""
    check(raw)


# --- the quick way in -------------------------------------------------------------------------------------------------


def by_schema(struct, raw, *, complete):
    """What the schema makes of an input, or None."""
    try:
        return schema_of(struct, complete=complete).load(raw)
    except ValidationError:
        return None


def is_agreed(struct, raw):
    """Whether the quick way and the schema make the same of an input, or nothing."""
    return all(
        load_right(struct, raw, complete=complete) == by_schema(struct, raw, complete=complete)
        for complete in (True, False)
    )


def replaced(raw):
    """Yield copies of a value of JSON in which one place, however deep, is another value, gone, or one too many."""
    yield from OTHER_VALUES
    places = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for place, value in places:
        for other in replaced(value):
            copy = raw.copy()
            copy[place] = other
            yield copy
        if isinstance(raw, dict):
            yield {name: value for name, value in raw.items() if name != place}
    if isinstance(raw, dict):
        yield raw | {"x": 1}


OTHER_VALUES: tuple[Any, ...] = (None, "", " a\r\nb ", "\u202e", 0, True, [], [None], {}, "2025-06")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_what_is_right_takes_the_quick_way(sample):
    """Every kind of entry is loaded without the schema, and as the schema would load it."""
    kind, data = KINDS[f"{sample.raw['action']}.v1"], sample.raw["data"]
    quick = load_right(kind, data, complete=True)
    assert quick is not None
    assert quick == by_schema(kind, data, complete=True)


@pytest.mark.parametrize("sample", BY_KIND.values(), ids=lambda sample: sample.kind)
def test_whatever_one_value_becomes_the_quick_way_and_the_schema_agree(sample):
    """Each value of each kind in turn is put wrong, taken out or joined by another."""
    for raw in replaced(sample.raw["data"]):
        assert is_agreed(KINDS[f"{sample.raw['action']}.v1"], raw)


@pytest.mark.parametrize("standing", ["act", *OTHERS])
def test_whatever_one_value_becomes_the_two_agree_about_the_statement(standing):
    """So they do about what stands around an action."""
    more = {"on_behalf_of": BY["organisation"], "late_reason": "Ill.", "corrects": {"index": 1, "reason": "Wrong."}}
    for raw in replaced({"standing": standing, "by": BY, "concerns": ["a-1"]} | STATEMENTS[standing] | more):
        assert is_agreed(Statement, raw)


@settings(max_examples=200)
@given(raw=nearly_right())
def test_the_quick_way_and_the_schema_agree(raw):
    """Several values at once: both load the same, or both nothing."""
    if isinstance(raw.get("action"), str) and f"{raw['action']}.v1" in KINDS:
        assert is_agreed(KINDS[f"{raw['action']}.v1"], raw.get("data"))
    assert is_agreed(Statement, {name: raw[name] for name in raw if name not in {"action", "data", "stream"}})


@pytest.mark.parametrize("character", [chr(code) for code in (0x00, 0x0B, 0x1F, 0x7F, 0x9F, 0xD800, 0xDFFF, 0xFFFE)])
def test_a_character_that_cannot_be_printed_is_refused_wherever_it_stands(character):
    """At the beginning of a word and inside it, among what can be printed."""
    for text in (f"a{character}b", f"a {character}b é"):
        assert "data.reason.text" in problems(with_data(reason=REASON | {"text": text}))


def test_what_can_be_printed_holds_nothing_that_is_forbidden():
    """The quick look at a text misses no character that the close look would find."""
    printable = "".join(character for character in map(chr, range(sys.maxunicode + 1)) if character.isprintable())
    for form in (kinds._FORBIDDEN, kinds._BREAKS):
        assert form.search(printable) is None


# --- faithfully -------------------------------------------------------------------------------------------------------


def loaded_or_named(raw):
    """The submission, or the wrong fields."""
    try:
        return load_submission(raw), {}
    except Invalid as invalid:
        return None, invalid.problems


def check(raw):
    loaded, found = loaded_or_named(raw)
    if loaded is None:
        assert found
        assert all(found.values())
        for path, errors in found.items():
            path.encode()
            assert all(isinstance(each, CandourError) and ENGLISH.error(each).encode() for each in errors)
        return
    entry = Recorded(7, loaded.stream, 3, NOON, loaded.action, loaded.statement)
    encoded = encode(entry, counted_salt(7))
    assert decode(encoded.state, encoded.slots, HELD) == entry
    stored = json.loads(encoded.state)
    assert rfc8785.dumps(stored) == encoded.state
    for text in [stored, *(read_disclosure(str(slot.disclosure)) for slot in load_slots(encoded.slots))]:
        look_through(text)
    assert v.say_struct(entry.action, ENGLISH).encode()


def look_through(value):
    """Every string can be written as UTF-8 and every integer is exact in every JSON reader."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, int):
        assert abs(value) <= 2**53 - 1
    elif isinstance(value, list):
        for each in value:
            look_through(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            assert name.isascii()
            look_through(each)
    else:
        assert value is None


@pytest.mark.parametrize("struct", [Statement, *KINDS.values()], ids=lambda struct: struct.__name__)
def test_nothing_has_a_default_that_could_accuse(struct):
    """A field left out is absent or not stated, never a value; but for the envelope's own empty lists and openness."""
    defaults = {field.name: getattr(struct, field.name) for field in v.fields_of(struct) if not field.required}
    if struct is Statement:
        assert {name: str(value) for name, value in defaults.items() if value is not None} == {
            "concerns": "()",
            "sources": "()",
            "visibility": "Visibility(state='public', until=None, basis=None)",
        }
    else:
        assert set(defaults.values()) <= {None}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_every_list_is_bounded(sample):
    """No list of any kind takes more than 500 items."""
    for field in v.fields_of(KINDS[sample.kind]):
        if isinstance(field.kind, Many):
            raw = sample.raw | {"data": sample.raw["data"] | {field.name: [0] * 501}}
            assert f"data.{field.name}" in problems(raw)


def test_streams_and_kinds_of_the_samples_cover_everything():
    """The samples that these tests begin with leave no kind and no sort of stream out."""
    assert set(BY_KIND) == set(KINDS)
    assert {sample.raw["stream"] for sample in SAMPLES} == {PROCESS, GROUP, LEDGER}
