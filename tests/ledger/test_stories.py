"""Stories are read strictly, told once, and true to what they say they are."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ledger import stories, wire
from ledger.actions import KINDS
from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.contract import ContractAwarded
from ledger.actions.delivery import PostProcessReviewPublished
from ledger.actions.ledger import LedgerEntryRedacted, SigningKeyRotated, target_of
from ledger.actions.procurement import ContactPointNamed
from ledger.actions.timeline import TimelineChanged
from ledger.clock import england_and_wales
from ledger.disclosure import HELD, PUBLIC, disclosed, dump_slots, load_slots, redacted
from ledger.errors import Invalid, Refused
from ledger.kinds import Kind, Many, NotStated, Undisclosed, stated
from ledger.process import History, Moment, Recorded, contradictions, decide
from ledger.schema import load_submission
from ledger.stories import Step, Story, Told, is_told_by, read_story, summary, tell
from ledger.streams import Stream
from ledger.vocabulary import Struct, fields_of
from ledger.voice import ENGLISH
from ledger.when import Occurrence

ROOT = Path(__file__).resolve().parents[2]
FILES = {name: ROOT / "stories" / f"{name}.yaml" for name in ("family-services", "demonstration")}
FAMILY = read_story(FILES["family-services"].read_bytes())
DEMONSTRATION = read_story(FILES["demonstration"].read_bytes())
STORIES = {"family-services": FAMILY, "demonstration": DEMONSTRATION}
KEYS = {"old_vkey": "demo.example/log+0123abcd+" + "A" * 44, "new_vkey": "demo.example/log+4567cdef+" + "B" * 44}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class MemoryLedger:
    """A ledger in a list: the same rules and the same bytes, without a database."""

    def __init__(self) -> None:
        self.rows: list[tuple[bytes, bytes | None]] = []
        self._histories: dict[Stream, History] = {}
        self._numbers: dict[Stream, list[int]] = {}
        self._salts = itertools.count()

    def record(self, step: Step) -> Recorded:
        """Decide, encode, read back, and let redactions and disclosures take effect."""
        submission = step.submission
        history = self._histories.setdefault(submission.stream, History(submission.stream))
        unknown = frozenset(submission.statement.concerned_streams() - self._numbers.keys())
        moment = Moment(len(self.rows), step.recorded or NOW, england_and_wales(), unknown)
        made = decide(history, submission, moment)
        encoded = wire.encode(made, lambda: f"salt-{next(self._salts):017}")
        assert wire.decode(encoded.state, encoded.slots, HELD) == made
        self._change(made)
        self.rows.append((encoded.state, encoded.slots))
        self._numbers.setdefault(made.stream, []).append(made.index)
        history.add(made)
        return made

    def _change(self, made: Recorded) -> None:
        target = target_of(made.action)
        if target is None:
            return
        change = redacted if isinstance(made.action, LedgerEntryRedacted) else disclosed
        state, slots = self.rows[target]
        self.rows[target] = (state, dump_slots(change(load_slots(slots), made.action.fields)))  # type: ignore[attr-defined]

    def held(self, stream: Stream, version: int) -> Recorded | None:
        """The entry with that version of a stream, as the ledger itself sees it."""
        numbers = self._numbers.get(stream, [])
        return self.at(numbers[version - 1]) if version <= len(numbers) else None

    def at(self, index: int, sight: frozenset[str] = HELD) -> Recorded:
        return wire.decode(*self.rows[index], sight)

    def entries(self, sight: frozenset[str] = HELD) -> Iterator[Recorded]:
        return (self.at(index, sight) for index in range(len(self.rows)))

    def history(self, stream: Stream) -> History:
        history = History(stream)
        for entry in self.entries():
            if entry.stream == stream:
                history.add(entry)
        return history

    @property
    def streams(self) -> list[Stream]:
        return list(self._numbers)

    def cut(self, size: int) -> MemoryLedger:
        """A ledger as it was when an import was killed after `size` entries."""
        copy = MemoryLedger()
        copy._salts = itertools.count(10**9)
        for row in self.rows[:size]:
            entry = wire.decode(*row, HELD)
            copy.rows.append(row)
            copy._numbers.setdefault(entry.stream, []).append(entry.index)
            copy._histories.setdefault(entry.stream, History(entry.stream)).add(entry)
        return copy


def walk(value: Struct, path: str = "") -> Iterator[tuple[str, Kind, object]]:
    """Every stated, visible scalar value inside, with its path."""
    for each in fields_of(type(value)):
        yield from _walk(each.kind, getattr(value, each.name), f"{path}{each.name}")


def _walk(kind: Kind, value: object, path: str) -> Iterator[tuple[str, Kind, object]]:
    if isinstance(value, Struct):
        yield from walk(value, f"{path}.")
    elif isinstance(kind, Many) and isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _walk(kind.item, item, f"{path}.{place}")
    elif stated(value) is not None:
        yield path, kind, value


def told(story: Story, ledger: MemoryLedger) -> list[Told]:
    return list(tell(story, ledger.record, held=ledger.held, values=KEYS))


def ledger_of(story: Story) -> MemoryLedger:
    ledger = MemoryLedger()
    told(story, ledger)
    return ledger


LEDGERS = {name: ledger_of(story) for name, story in STORIES.items()}


# --- the stories that come with the ledger ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", STORIES)
def test_every_entry_of_a_story_is_accepted(name):
    """Each entry of both stories passes the rules, and reads back from its bytes as it was recorded."""
    assert len(LEDGERS[name].rows) == len(STORIES[name].entries) > 40


@pytest.mark.parametrize("name", STORIES)
def test_no_story_contradicts_itself(name):
    """Nothing in either story contradicts the rest of it, whatever its standing."""
    ledger = LEDGERS[name]
    assert {stream: found for stream in ledger.streams if (found := contradictions(ledger.history(stream)))} == {}


def test_the_demonstration_uses_every_kind_of_entry():
    """Whoever reads the demonstration meets all sixty kinds."""
    assert {type(entry.action) for entry in LEDGERS["demonstration"].entries()} == set(KINDS.values())


def test_the_demonstration_says_that_it_is_invented():
    """It is marked as fiction, and so are its title, its processes and its group, wherever they are shown alone."""
    names = [
        entry.action.name if isinstance(entry.action, AdvisoryGroupConvened) else entry.action.title  # type: ignore[attr-defined]
        for entry in LEDGERS["demonstration"].entries()
        if entry.version == 1 and entry.stream.kind != "ledger"
    ]
    assert DEMONSTRATION.fictional
    assert len(names) == 4
    assert all("fictional" in str(name) for name in [DEMONSTRATION.title, *names])


def test_the_demonstration_keeps_its_own_clock():
    """Every entry says when its ledger recorded it, in the order of the log and before the story was published."""
    clocks = [entry.recorded for entry in DEMONSTRATION.entries]
    recorded = [entry.recorded for entry in LEDGERS["demonstration"].entries()]
    assert clocks == recorded == sorted(recorded)
    assert datetime(2025, 10, 1, tzinfo=UTC) < recorded[0] < recorded[-1] < datetime(2026, 11, 16, tzinfo=UTC)


def test_some_promises_of_the_demonstration_are_broken():
    """Of the promises with a day, at least one was kept and at least one is overdue when the story ends."""
    entries = [entry.action for entry in LEDGERS["demonstration"].entries()]
    ended = {action.commitment_id for action in entries if isinstance(action, CommitmentDischarged)}
    due = {
        action.commitment_id
        for action in entries
        if isinstance(action, CommitmentMade) and (stated(action.due_on) or date.max) < date(2026, 11, 16)
    }
    assert due & ended
    assert due - ended


def test_the_demonstration_shows_every_way_to_speak_and_to_keep_silent():
    """Standings, visibilities, reasons, late recordings and corrections of corrections all occur."""
    entries = list(LEDGERS["demonstration"].entries())
    corrected = {entry.corrects: entry.index for entry in entries if entry.corrects is not None}
    reasons = [entry.action.reason for entry in entries if isinstance(entry.action, TimelineChanged)]
    assert {entry.statement.standing for entry in entries} == {"act", "report", "import"}
    assert {entry.statement.visibility.state for entry in entries} == {"public", "embargoed", "withheld"}
    assert {reason.state for reason in reasons if not isinstance(reason, NotStated | Undisclosed)} == {
        "given",
        "withheld",
        "not_given",
    }
    assert any(entry.statement.late_reason for entry in entries)
    assert any(corrected.get(index) in corrected for index in corrected)
    assert any(isinstance(getattr(e.action, f.name), NotStated) for e in entries for f in fields_of(type(e.action)))


def test_what_the_demonstration_redacts_is_gone_and_what_it_discloses_is_seen():
    """The private number cannot be read by anybody, and the embargoed award can be read by everybody."""
    entries = list(LEDGERS["demonstration"].entries(PUBLIC))
    contacts = [entry.action for entry in entries if isinstance(entry.action, ContactPointNamed)]
    awards = [entry for entry in entries if isinstance(entry.action, ContractAwarded)]
    embargoed = next(entry for entry in awards if entry.statement.visibility.state == "embargoed")
    assert [c.contact_id for c in contacts if c.channel == Undisclosed("redacted")] == ["thornby-down"]
    assert not any(b"07700" in state + (slots or b"") for state, slots in LEDGERS["demonstration"].rows)
    assert not any(isinstance(getattr(embargoed.action, f.name), Undisclosed) for f in fields_of(ContractAwarded))


def test_the_keys_of_the_log_are_the_ones_given():
    """The story never invents a key of the log: it tells those that it is handed."""
    rotated = [e.action for e in LEDGERS["demonstration"].entries() if isinstance(e.action, SigningKeyRotated)]
    assert [(action.old_vkey, action.new_vkey) for action in rotated] == [(KEYS["old_vkey"], KEYS["new_vkey"])]


def test_the_family_services_story_is_a_reconstruction_from_the_paper():
    """Each entry is entered from documents, by the editors, and names the paper and the place in it."""
    for entry in LEDGERS["family-services"].entries():
        (source,) = entry.statement.sources
        assert entry.statement.standing == "reconstruction"
        assert entry.statement.by.organisation.id == "editors"
        assert (source.title, source.dated) == ("How to improve commissioning", Occurrence("2018-06"))
        assert source.reference


def test_no_date_of_the_family_services_story_is_narrower_than_the_paper_s():
    """Only five intervals occur, which are the paper's own or bounded by them; no day is supplied."""
    found = {
        (kind.name, value.text if isinstance(value, Occurrence) else value)
        for entry in LEDGERS["family-services"].entries()
        for _, kind, value in walk(entry.action)
        if kind.name in {"occurrence", "day", "instant"}
    }
    allowed = {"2016", "2017-10", "2016/2017-10", "2018-06", "2016/2018-06"}
    assert found == {("occurrence", text) for text in allowed}


def test_the_family_services_story_supplies_no_prison_figure_or_document():
    """What the paper does not give is not stated: no prison, no money, no count, no address, no digest."""
    supplied = {
        (entry.index, path)
        for entry in LEDGERS["family-services"].entries()
        for path, kind, _ in walk(entry.action)
        if kind.name in {"prison", "money", "number", "percent", "web-address", "sha256"}
        or (kind.name == "count" and not path.startswith("findings."))
    }
    assert supplied == set()


def test_the_fifteen_recommendations_are_all_there():
    """The paper stands as a review with fifteen recommendations and findings that rest on earlier entries."""
    (review,) = (
        LEDGERS["family-services"].history(Stream("process", "family-services")).actions(PostProcessReviewPublished)
    )
    recommendations = stated(review.recommendations) or ()
    assert [each.id for each in recommendations] == [str(number) for number in range(1, 16)]
    assert len({each.text for each in recommendations}) == 15
    named = [stated(finding.entries) or () for finding in stated(review.findings) or ()]
    assert sum(map(len, named)) > 15


def test_the_table_beside_the_paper_names_every_entry_once():
    """Reviewers find each entry of the story in the table that says what it rests on."""
    table = (ROOT / "docs" / "stories" / "family-services.md").read_text(encoding="utf-8")
    cells = [line.split("|")[3] for line in table.splitlines() if line.startswith("|") and line.count("|") == 5]
    spans = [span.split(" to ") for cell in cells for span in cell.split(",") if span.strip(" -") not in {"", "entry"}]
    named = [number for first, *last in spans for number in range(int(first), int((last or [first])[0]) + 1)]
    assert sorted(named) == list(range(1, len(FAMILY.entries) + 1))


WORDS_IN_A_ROW = 8


def runs_of_words(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", re.sub("['’]", "", text.lower()))
    return {tuple(words[place : place + WORDS_IN_A_ROW]) for place in range(len(words) - WORDS_IN_A_ROW + 1)}


@pytest.mark.parametrize(
    "path", ["stories/family-services.yaml", "stories/demonstration.yaml", "docs/stories/family-services.md"]
)
def test_no_sentence_is_the_paper_s(path, shared):
    """Not eight words in a row are taken from the paper, comments included; and the comparison does find such words."""
    paper = (shared / "paper.txt").read_text(encoding="utf-8")
    words = paper.split()
    assert runs_of_words(" ".join(words[500:520])) & runs_of_words(paper)
    assert runs_of_words((ROOT / path).read_text(encoding="utf-8")) & runs_of_words(paper) == set()


# --- telling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STORIES)
def test_telling_a_story_twice_records_nothing_twice(name):
    """A second import finds every entry, redacted ones included, records nothing and says so."""
    ledger = LEDGERS[name].cut(10**6)
    again = told(STORIES[name], ledger)
    assert ledger.rows == LEDGERS[name].rows
    assert [each.new for each in again] == [False] * len(again)
    assert "Nothing was recorded" in summary(STORIES[name], again, ENGLISH)


@pytest.mark.parametrize("size", range(len(FAMILY.entries) + 1))
def test_an_import_killed_after_any_entry_goes_on_from_there(size):
    """However many entries were recorded before, the rest are recorded once, with the same numbers in their labels."""
    ledger = LEDGERS["family-services"].cut(size)
    again = told(FAMILY, ledger)
    assert [each.new for each in again] == [False] * size + [True] * (len(FAMILY.entries) - size)
    assert list(ledger.entries()) == list(LEDGERS["family-services"].entries())


@pytest.mark.parametrize("size", range(0, len(DEMONSTRATION.entries), 17))
def test_the_demonstration_can_be_resumed_too(size):
    """Corrections, hidden entries and redactions do not keep an import from finding its place."""
    ledger = LEDGERS["demonstration"].cut(size)
    again = told(DEMONSTRATION, ledger)
    assert sum(each.new for each in again) == len(DEMONSTRATION.entries) - size
    assert len(ledger.rows) == len(DEMONSTRATION.entries)


def test_a_record_that_differs_stops_the_story():
    """Where the stream holds something else, nothing more is recorded, and the words name both."""
    ledger = LEDGERS["demonstration"].cut(30)
    different = read_story(
        FILES["demonstration"].read_bytes().replace(b"participants_count: 34", b"participants_count: 35")
    )
    with pytest.raises(Refused, match=r"Service users involved.*differ"):
        told(different, ledger)
    assert len(ledger.rows) == 30


def test_somebody_else_recording_in_between_stops_the_story():
    """If the entry did not get the version that the story expects, telling stops at once."""
    ledger = MemoryLedger()
    telling = tell(FAMILY, ledger.record, held=lambda _stream, _version: None)
    next(telling)
    ledger.record(Step(0, load_submission(raw_issue()), 2, None))
    next(telling)
    with pytest.raises(Refused, match="differ"):
        next(telling)


def raw_issue():
    return {
        "action": "issue-reported",
        "stream": "process/family-services",
        "standing": "report",
        "by": {"organisation": {"scheme": "x", "id": "y", "name": "Z"}, "role": "reader"},
        "data": {},
    }


def test_a_refusal_names_the_entry_of_the_story():
    """When a rule refuses an entry, its number and line in the file are in the words."""
    story = read_story(one_story(MOVED))
    with pytest.raises(Refused, match=r"Entry 1 of the story \(line 9\) was refused: .*Say why it is late"):
        told(story, MemoryLedger())


def test_a_missing_or_unfit_value_is_refused_before_anything_is_recorded():
    """A story that needs a key tells nothing without it, nor with something that is no key."""
    ledger = MemoryLedger()
    with pytest.raises(Invalid, match="new_vkey: The story needs this value"):
        tell(DEMONSTRATION, ledger.record, values={"old_vkey": KEYS["old_vkey"]})
    with pytest.raises(Invalid, match=r"data\.new_vkey: Give the key as name\+hash\+key"):
        tell(DEMONSTRATION, ledger.record, values={**KEYS, "new_vkey": "none"})
    assert ledger.rows == []


def test_an_id_that_the_ledger_gave_is_no_difference():
    """An entry whose id was left to the ledger is recognised when it is told again, but not beside another text."""
    entry = (
        b"  - action: issue-reported\n    stream: process/a\n    standing: report\n    data: {type: other, text: %s}\n"
    )
    first, other = (read_story(one_story(REGISTERED + entry % text)) for text in (b"Late", b"Later"))
    ledger = ledger_of(first)
    assert ledger.at(1).action.issue_id == "issue-1"  # type: ignore[attr-defined]
    assert [each.new for each in told(first, ledger)] == [False, False]
    assert not is_told_by(load_submission(other.entries[1].raw), ledger.at(1))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ([True, True], "“T”: 2 entries recorded."),
        ([False, True], "“T”: 1 entries were on record already, 1 more were recorded."),
        ([False, False], "“T” is on record already, all 2 entries. Nothing was recorded."),
    ],
)
def test_what_an_import_did_is_said_in_words(new, words):
    """New, resumed and repeated imports are told apart."""
    story = read_story(one_story(REGISTERED))
    entry = ledger_of(story).at(0)
    assert summary(story, [Told(entry, each) for each in new], ENGLISH) == words


# --- reading ----------------------------------------------------------------------------------------------------------

HEAD = b"""title: T
fictional: true
description: D
defaults:
  standing: reconstruction
  by: {organisation: {scheme: local, id: a, name: A}, role: r}
  sources: [{title: S}]
"""
REGISTERED = b"  - {action: commissioning-process-registered, stream: process/a, label: a, data: {reference: a}}\n"
MOVED = (
    b"  - action: timeline-changed\n    stream: process/a\n    standing: act\n    data:\n"
    b"      changes: [{code: launch, new_date: 2026-01-01}]\n      decided_on: 2026-01-01\n"
    b"      reason: {state: not_given}\n      cause_entries: []\n      extension_considered: null\n"
)


def one_story(entries: bytes = REGISTERED, head: bytes = HEAD) -> bytes:
    """A small story; with the usual head, its first entry stands on line 9."""
    return head + b"entries:\n" + entries


MISTAKES = {
    "nothing at all": (b"", "line 1", "empty"),
    "only a comment": (b"# nothing\n", "line 1", "empty"),
    "a list": (b"- a\n", "line 1", "group of named values"),
    "two documents": (one_story() + b"---\ntitle: U\n", "line 10", "second document"),
    "broken indents": (b"title: T\n  fictional: true\n", "line 2", "cannot be read as YAML"),
    "an open bracket": (one_story(b"  - {action: [\n"), "line", "cannot be read as YAML"),
    "not UTF-8": (b"title: T\nfictional: \xff\n", "line 2", "UTF-8"),
    "a control character": (b"title: T\ndescription: \x07\n", "line 2", "cannot be printed"),
    "too long": (b"#" * 2_000_001, "entry", "longer than"),
    "a key twice": (HEAD + b"title: U\nentries: []\n", "line 8", "twice"),
    "a key twice in an entry": (one_story(b"  - {action: a, action: b}\n"), "line 9", "twice"),
    "an anchor": (one_story(b"  - &a {action: x}\n"), "line 9", "Anchors"),
    "an alias": (one_story(b"  - {action: x}\n  - *a\n"), "line 10", "aliases"),
    "an alias bomb": (b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "line 1", "Anchors"),
    "a merge key with an alias": (b"a: {x: 1}\nb:\n  <<: *a\n", "line 3", "aliases"),
    "an anchored key": (b"&a title: T\n", "line 1", "name of a field"),
    "a tag": (b"title: !!python/object:os.system x\n", "line 1", "Tags"),
    "a tagged key": (b"!!str title: T\n", "line 1", "name of a field"),
    "a tagged list": (b"title: !!set {a}\n", "line 1", "Tags"),
    "a key that is a list": (b"[a, b]: T\n", "line 1", "name of a field"),
    "deep nesting": (b"title: " + b"[" * 500 + b"]" * 500, "line 1", "nested"),
    "an unknown key": (b"author: me\n" + one_story(), "line 1, author", "no such field"),
    "no title": (one_story(head=HEAD.replace(b"title: T\n", b"", 1)), "line 1, title", "missing"),
    "no entries": (HEAD, "line 1, entries", "missing"),
    "entries that are none": (HEAD + b"entries: []\n", "line 8, entries", "list of 1 to 5000"),
    "an entry that is text": (one_story(b"  - hello\n"), "entry 1, line 9", "group of named values"),
    "fiction neither true nor false": (one_story(head=HEAD.replace(b"true", b"yes")), "line 2, fictional", "true"),
    "defaults that are a list": (b"defaults: []\n" + one_story(head=HEAD[:41]), "line 1, defaults", "group"),
    "an unknown default": (one_story(head=HEAD + b"  colour: red\n"), "line 8, defaults.colour", "no such field"),
    "a value too long": (
        one_story(head=HEAD + b"values:\n  v: " + b"x" * 2001 + b"\n"),
        "line 9, values.v",
        "too long",
    ),
    "a need that is no name": (one_story(head=HEAD + b"needs: [A B]\n"), "line 8, needs", "small letters"),
    "an unknown kind": (one_story(b"  - {action: nothing, stream: process/a}\n"), "entry 1, line 9, action", "kind"),
    "no stream": (one_story(b"  - {action: timeline-changed}\n"), "entry 1, line 9", "process/"),
    "an unknown field of an entry": (
        one_story(REGISTERED.replace(b"label: a", b"colour: red")),
        "entry 1, line 9, colour",
        "no such field",
    ),
    "an unknown field of the data": (
        one_story(REGISTERED + b"  - action: timeline-changed\n    stream: process/a\n    data:\n      colour: red\n"),
        "entry 2, line 13, data.colour",
        "no such field",
    ),
    "a wrong date inside": (
        one_story(
            REGISTERED + b"  - action: timeline-changed\n    stream: process/a\n    data:\n      changes:\n"
            b"        - {code: launch, new_date: 2026-02-28}\n        - {code: award, new_date: 2026-02-31}\n"
        ),
        "entry 2, line 15, data.changes.1.new_date",
        "not a day in the calendar",
    ),
    "a label that is no label": (
        one_story(REGISTERED.replace(b"label: a", b"label: A B")),
        "entry 1, line 9, label",
        "small letters",
    ),
    "a label twice": (one_story(REGISTERED + REGISTERED), "entry 2, line 10, label", "label already"),
    "a label nobody has": (
        one_story(REGISTERED.replace(b"label: a", b"corrects: {index: {entry: b}, reason: r}")),
        "entry 1, line 9, corrects.index",
        "No earlier entry has the label “b”",
    ),
    "a label of a later entry": (
        one_story(REGISTERED.replace(b"label: a", b"corrects: {index: {entry: a}, reason: r}") + REGISTERED),
        "entry 1, line 9, corrects.index",
        "No earlier entry has the label “a”",
    ),
    "a number written out": (
        one_story(REGISTERED.replace(b"label: a", b"corrects: {index: 0, reason: r}")),
        "entry 1, line 9, corrects.index",
        "label",
    ),
    "a number written out in the data": (
        one_story(b"  - {action: ledger-entry-withdrawn, stream: process/a, data: {target: 3}}\n"),
        "entry 1, line 9, data.target",
        "label",
    ),
    "a value nobody gives": (
        one_story(REGISTERED.replace(b"reference: a", b"reference: a, title: {value: v}")),
        "entry 1, line 9, data.title",
        "no value “v”",
    ),
    "a clock in a true story": (
        one_story(REGISTERED.replace(b"label: a", b"recorded: 2026-01-01T00:00:00Z"), HEAD.replace(b"true", b"false")),
        "entry 1, line 9, recorded",
        "Only a fictional story",
    ),
    "a clock without a zone": (
        one_story(REGISTERED.replace(b"label: a", b"recorded: 2026-01-01")),
        "entry 1, line 9, recorded",
        "zone",
    ),
    "a clock that runs backwards": (
        one_story(
            REGISTERED.replace(b"label: a", b"recorded: 2026-01-02T00:00:00Z")
            + REGISTERED.replace(b"label: a", b"recorded: 2026-01-01T00:00:00Z")
        ),
        "entry 2, line 10, recorded",
        "never goes back",
    ),
    "entries that are a number": (one_story(b"  5\n"), "line 9, entries", "list"),
}


@pytest.fixture(params=["C parser", "Python parser"])
def either_parser(request, monkeypatch):
    """PyYAML's two parsers, since not every machine has the one in C."""
    monkeypatch.setattr(stories, "_LOADER", yaml.CSafeLoader if request.param == "C parser" else yaml.SafeLoader)


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(("content", "place", "words"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_named_with_its_place(content, place, words):
    """A wrong file is refused in plain words beside the entry, line and field; nothing else is raised."""
    with pytest.raises(Invalid) as refusal:
        read_story(content)
    said = str(refusal.value).splitlines()
    assert any(line.startswith(place) and words in line for line in said), said


def test_all_mistakes_are_named_at_once_up_to_a_bound():
    """Somebody who writes a story need not try it once per mistake, nor read thousands of lines."""
    wrong = REGISTERED.replace(b"reference: a", b"reference: A B").replace(b", label: a", b"")
    with pytest.raises(Invalid) as few:
        read_story(one_story(wrong * 3))
    with pytest.raises(Invalid) as many:
        read_story(one_story(wrong * 60))
    assert [place.split(",")[0] for place in few.value.problems] == ["entry 1", "entry 2", "entry 3"]
    assert len(many.value.problems) == stories.MOST_SHOWN + 1
    assert "10 more places have mistakes" in str(many.value)


@pytest.mark.usefixtures("either_parser")
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2017-10", "2017-10"),
        ("2017-10-05", "2017-10-05"),
        ("2017-10-05 12:00:00", "2017-10-05 12:00:00"),
        ("2017-10-05T12:00:00Z", "2017-10-05T12:00:00Z"),
        ("1.10", "1.10"),
        ("1070000.00", "1070000.00"),
        ('"1070000.00"', "1070000.00"),
        ("1e3", "1e3"),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("True", "True"),
        (".inf", ".inf"),
        ("=", "="),
        ("1234567890123456", "1234567890123456"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('""', ""),
        ('"null"', "null"),
        ("'12'", "12"),
        ("|\n  a\n  b", "a\nb"),
    ],
)
def test_a_value_is_what_was_written(written, value):
    """YAML's guesses at dates, octal numbers, sexagesimals, floats and yes or no never reach a story."""
    document, _ = stories._document(f"a: {written}".encode())
    assert document == {"a": value}
    assert type(document["a"]) is type(value)


@pytest.mark.usefixtures("either_parser")
@given(data=st.data())
def test_a_damaged_story_is_refused_in_plain_words_or_still_a_story(data):
    """Whatever is cut out of a story or put into it, reading gives a story or says what is wrong."""
    content = one_story(REGISTERED + MOVED)
    place = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 12))
    pieces = st.sampled_from(
        [b"&a ", b"*a", b"!!x ", b"\t", b"{", b"[", b"]", b": ", b"- ", b"'", b'"', b"\n", b"|", b"? "]
    )
    damage = data.draw(st.binary(max_size=6) | pieces)
    damaged = content[:place] + damage + content[place + length :]
    try:
        read_story(damaged)
        said = ["a story"]
    except Invalid as invalid:
        said = str(invalid).splitlines()
    assert all(said)
    assert said


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-999, 10**14) | st.text("abc 0é-", max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_plain_values_survive_yaml(value):
    """What a program writes as YAML with every text in quotes is read back unchanged."""
    written = yaml.safe_dump({"a": value}, default_style='"') if isinstance(value, str) else quoted({"a": value})
    document, lines = stories._document(written.encode())
    assert document == {"a": value}
    assert lines["a"] == 1


def quoted(value: object) -> str:
    """JSON is YAML's flow style, with every text in quotes."""
    return json.dumps(value)


def test_labels_become_the_numbers_that_the_ledger_gave():
    """A label stands for the entry's number on record, which other entries before the story have moved."""
    story = read_story(
        one_story(REGISTERED + b"  - {action: ledger-entry-withdrawn, stream: process/a, data: {target: {entry: a}}}\n")
    )
    ledger = ledger_of(FAMILY)
    before = len(ledger.rows)
    registered, withdrawn = told(story, ledger)
    assert registered.recorded.index == before
    assert withdrawn.recorded.action.target == before  # type: ignore[attr-defined]


def test_an_entry_s_own_fields_come_before_the_defaults():
    """A default holds only for entries that do not have the field themselves."""
    story = read_story(one_story(REGISTERED + REGISTERED.replace(b"label: a", b"standing: report, sources: []")))
    assert [entry.raw["standing"] for entry in story.entries] == ["reconstruction", "report"]
    assert [entry.raw["sources"] for entry in story.entries] == [[{"title": "S"}], []]
