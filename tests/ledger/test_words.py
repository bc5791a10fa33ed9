"""Every text that a person reads can be translated, is whole, and says what to do."""

import ast
import re

import pytest

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.kinds import NOT_STATED, Undisclosed
from ledger.schema import load_submission
from ledger.vocabulary import say_struct
from ledger.voice import ENGLISH, Voice
from tests.imports import modules
from tests.ledger.book import bare
from tests.ledger.samples import SAMPLES, record_all

SPECIFIERS = {each.__name__ for each in v._SPECIFIERS}
DECLARING = ("ledger.actions", "ledger.structs", "ledger.envelope", "ledger.codes", "ledger.vocabulary")
RECORDING = (
    "ledger.actions", "ledger.process", "ledger.schema", "ledger.kinds", "ledger.structs", "ledger.envelope",
    "ledger.streams", "ledger.when", "ledger.disclosure", "ledger.wire", "ledger.vocabulary",
)  # fmt: skip


@pytest.fixture(scope="module")
def sources(root):
    """The parsed modules of the ledger, by dotted name."""
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for name, path in modules(root).items()
        if name.startswith("ledger.")
    }


def within(sources, names):
    """Every node of the modules named, with the module."""
    return [
        (module, node)
        for module, tree in sources.items()
        if module.startswith(names)
        for node in ast.walk(tree)
    ]  # fmt: skip


def called(node):
    """The name of what a call calls, without its module."""
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


def is_marked(node):
    """Whether an expression is the literal of a marked text."""
    return called(node) == "N_" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant)


def needs_no_words(node):
    """Whether a sentence holds nothing but slots, so that there is nothing to translate."""
    return isinstance(node, ast.Constant) and not re.sub(r"%\(\w+\)s", "", str(node.value)).strip(" ")


# --- marked for translation -------------------------------------------------------------------------------------------


def test_every_label_and_hint_of_a_field_is_marked(sources):
    """A field's first argument is a marked literal, and so is its hint."""
    found = 0
    for module, call in within(sources, DECLARING):
        if called(call) not in SPECIFIERS or module == "ledger.vocabulary":
            continue
        found += 1
        label = next(iter(call.args), None)
        assert label is None or is_marked(label), f"{module}:{call.lineno} has a label that is not marked"
        assert label is not None or called(call) in {"prison", "prisons"}, f"{module}:{call.lineno} has no label"
        for keyword in call.keywords:
            assert keyword.arg != "hint" or is_marked(keyword.value), f"{module}:{call.lineno}: the hint is not marked"
    assert found > 400


def test_every_title_and_sentence_is_marked(sources):
    """A kind's title and each group's sentence is a marked literal, unless it is slots alone."""
    found = 0
    for module, node in within(sources, DECLARING):
        if isinstance(node, ast.ClassDef):
            titles = [keyword.value for keyword in node.keywords if keyword.arg == "title"]
            assert all(map(is_marked, titles)), f"{module}: the title of {node.name} is not marked"
            found += len(titles)
            for each in node.body:
                if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "").startswith("sentence"):
                    assert is_marked(each.value) or needs_no_words(each.value), f"{module}: {node.name}'s sentence"
                    found += 1
    assert found > 120


def test_every_label_of_a_code_is_marked(sources):
    """Each code of each list has a marked label."""
    found = 0
    for module, call in within(sources, DECLARING):
        if called(call) != "CodeList":
            continue
        for key, label in zip(call.args[1].keys, call.args[1].values, strict=True):
            assert is_marked(label) or key is None, f"{module}:{call.lineno} has a label that is not marked"
            found += 1
    assert found > 200


def refusals(sources):
    """Every template with which something is refused while recording."""
    for module, node in within(sources, RECORDING):
        if called(node) in {"Refused", "Wrong"} and isinstance(node.args[0], ast.Call):
            yield f"{module}:{node.lineno}", node.args[0]
        if called(node) == "pattern_kind":
            yield f"{module}:{node.lineno}", node.args[2]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"_HELP", "_ENTITY_ADVICE"}:
            yield f"{module}:{node.lineno}", node.value
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in {"_HELP", "_ENTITY_ADVICE"}:
            yield f"{module}:{node.lineno}", node.value


ORDERS = frozenset([
    "Answer", "Check", "Choose", "Correct", "Fill", "Give", "Keep", "Leave", "Make", "Move", "Name", "Open", "Put",
    "Record", "Remove", "Say", "Send", "Shorten", "Take", "To", "Use", "Withdraw", "Write",
])  # fmt: skip
"""Words with which a sentence tells a person what to do; “To put it right, correct that entry” begins with the aim."""


def test_every_refusal_says_what_to_do(sources):
    """Each refusal is a whole, marked text, one sentence of which is an order to a person who records."""
    found = 0
    for place, template in refusals(sources):
        found += 1
        assert is_marked(template), f"{place} is not marked"
        text = template.args[0].value
        sentences = re.split(r"(?<=[.!?”]) ", text)
        assert text.endswith("."), f"{place} does not end: {text}"
        orders = [sentence for sentence in sentences if sentence.split()[0].strip(",.") in ORDERS]
        assert orders or text.endswith("There is nothing to do."), f"{place} does not say what to do: {text}"
    assert found > 80


def test_slots_of_refusals_are_filled(sources):
    """Each `%(slot)s` of a refusal has its parameter, and each parameter its slot."""
    for module, node in within(sources, RECORDING):
        if called(node) in {"Refused", "Wrong", "Corrupt"} and is_marked(node.args[0]):
            slots = set(re.findall(r"%\((\w+)\)s", node.args[0].args[0].value))
            given = {keyword.arg for keyword in node.keywords}
            assert slots == given, f"{module}:{node.lineno}: {slots ^ given}"


# --- the sentences of the kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", record_all(), ids=lambda entry: entry.action.declaration.name)
def test_every_kind_says_its_sample_in_a_line(entry):
    """A kind's sentence is one short line without holes, also where nothing is stated or nothing is shown."""
    fields = v.fields_of(type(entry.action))
    nothing = type(entry.action)(**{f.name: NOT_STATED if f.required else None for f in fields})
    hidden = type(entry.action)(**{f.name: Undisclosed("withheld") for f in fields})
    for action in (entry.action, nothing, hidden):
        said = say_struct(action, ENGLISH)
        assert said
        assert said == said.strip()
        assert len(said) < 300
        assert "\n" not in said
        assert "%(" not in said
        assert not re.search(r"\.\.|\bentry entry\b|NotStated|Undisclosed| ,|  ", said)


def in_capitals(text):
    """A language that is English in capitals."""
    return "".join(part if part.startswith("%") else part.upper() for part in re.split(r"(%\(\w+\)s)", text))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_a_sentence_is_translated_as_a_whole(sample):
    """In another language nothing of a kind's words is left in English: all go through the translation."""
    shouting = Voice("en_GB", in_capitals)
    action = load_submission(sample.raw).action
    said = say_struct(action, shouting)
    pieces = [piece.strip() for piece in re.split(r"%\(\w+\)s", type(action).sentence)]
    assert all(piece.upper() in said for piece in pieces)
    assert in_capitals(type(action).sentence) != type(action).sentence


def test_long_values_are_cut_in_sentences():
    """A sentence stays a line however long the prose in it is."""
    long = "A word, and another. " * 500
    issue = bare("issue-reported") | {"text": long}
    raw = {
        "action": "issue-reported",
        "stream": "process/p",
        "standing": "act",
        "by": SAMPLES[0].raw["by"],
        "data": issue,
    }
    said = say_struct(load_submission(raw).action, ENGLISH)
    assert len(said) < 300
    assert said.endswith("…")


def test_every_kind_is_told_when_to_use():
    """A kind's docstring begins with when to record it."""
    for kind in KINDS.values():
        assert (kind.__doc__ or "").startswith(("Record this ", "Recorded when "))
