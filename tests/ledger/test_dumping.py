"""The function that is written out for a struct says what its declaration says."""

from typing import Any

import pytest

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.dumping import Dumper, write_dump
from ledger.kinds import NOT_STATED, Maybe
from ledger.when import Occurrence


class Inner(v.Struct):
    """A group with something to hide."""

    text: Maybe[str] = v.prose("Text")


class Outer(v.Struct):
    """A field of each sort."""

    line: Maybe[str] = v.line("Line")
    title: Maybe[str] = v.title("Title")
    draft: Maybe[str] | None = v.prose("Draft", default=None, embargoed=True)
    on: Maybe[Occurrence] = v.when("On")
    inner: Maybe[Inner] = v.nested("Inner", Inner)
    rows: tuple[Inner, ...] = v.rows("Rows", Inner, default=())
    codes: tuple[str, ...] = v.many("Codes", kinds.PRISON, default=())


class Hidden:
    """Remembers what was hidden."""

    def __init__(self):
        self.values = []

    def __call__(self, path, name, value, state):
        self.values.append((path, name, value, state))
        return f"{9 - len(self.values)}"


INNER = Inner(text="Words.")
WHOLE = Outer(line="a", title="b", draft="c", on=Occurrence("2017-10"), inner=INNER, rows=(INNER,), codes=("LEI",))
NOTHING = Outer(line=NOT_STATED, title=NOT_STATED, on=NOT_STATED, inner=NOT_STATED)


@pytest.mark.parametrize(("path", "prefix"), [("", ""), ("data", "data.")])
def test_each_field_is_dumped_as_its_kind_says(path, prefix):
    """Public values stand there, private ones as digests in their order, each hidden at its own place."""
    hidden = Hidden()
    assert v.dump_struct(WHOLE, hidden, path) == {
        "line": "a",
        "_sd": ["7", "8"],
        "on": "2017-10",
        "inner": {"_sd": ["6"]},
        "rows": [{"_sd": ["5"]}],
        "codes": ["LEI"],
    }
    assert hidden.values == [
        (path, "title", "b", "disclosed"),
        (path, "draft", "c", "embargoed"),
        (f"{prefix}inner", "text", "Words.", "disclosed"),
        (f"{prefix}rows.0", "text", "Words.", "disclosed"),
    ]


def test_what_is_not_stated_is_null_and_what_is_left_out_is_not_there():
    """Neither is hidden, also where the value itself would be."""
    hidden = Hidden()
    dumped = v.dump_struct(NOTHING, hidden, "data")
    assert dumped == {"line": None, "title": None, "on": None, "inner": None, "rows": [], "codes": []}
    assert hidden.values == []


def test_a_struct_made_without_its_constructor_is_dumped_with_its_defaults():
    """What was left out stands in its class."""
    values: dict[str, Any] = {"line": "a", "title": NOT_STATED, "on": NOT_STATED, "inner": NOT_STATED}
    assert v.dump_struct(v.make(Outer, values), Hidden(), "") == v.dump_struct(Outer(**values), Hidden(), "")


def test_only_names_are_written_out():
    """What is made of a declaration holds nothing of it but the names of its fields, which are identifiers."""
    for kind in KINDS.values():
        assert all(each.name.isidentifier() for each in v.fields_of(kind))
    with pytest.raises(ValueError, match="identifier"):
        write_dump([Dumper("a = 1; b", kinds.Line())])
