"""Whatever can be recorded can be put into its form, sent by a browser, and means the same again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.envelope import Statement
from ledger.errors import Invalid
from ledger.kinds import Kind, Many
from ledger.schema import load_submission
from ledger.structs import ReasonKind
from tests.ledger.samples import SAMPLES
from web.record import forms

CHARACTERS = st.sampled_from(list("aZ09 ,;:.'\"<>&%£é—ﬁ日\u05d0\u00a0|/\\=+@-_"))
LINES = st.text(CHARACTERS, min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
PARAGRAPHS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31)).map(  # noqa: DTZ001 - made UTC by its Z
    lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"
)
POINTS = st.one_of(
    DAYS.map(lambda day: f"{day:%Y}"), DAYS.map(lambda day: f"{day:%Y-%m}"), DAYS.map(date.isoformat), INSTANTS
)
AMOUNTS = st.from_regex(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?", fullmatch=True)
REASONS = st.one_of(
    st.builds(lambda text: {"state": "given", "text": text}, PARAGRAPHS),
    st.builds(lambda text: {"state": "given", "code": "other", "text": text}, PARAGRAPHS),
    st.just({"state": "withheld", "basis": "security"}),
    st.just({"state": "not_given"}),
)


def leaves(kind: Kind) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of value
    """Return plain inputs for a single value, most of them right."""
    match kind:
        case ReasonKind():
            return REASONS
        case kinds.YesNo():
            return st.booleans()
        case kinds.Count():
            return st.integers(kind.least, min(kind.most, 10**6))
        case kinds.Number():
            return AMOUNTS
        case kinds.MoneyKind():
            return st.fixed_dictionaries({"amount": AMOUNTS, "currency": st.sampled_from(["GBP", "EUR", "JPY"])})
        case kinds.When():
            return st.one_of(POINTS, st.tuples(POINTS, POINTS).map(lambda both: "/".join(sorted(both))))
        case kinds.Instant():
            return INSTANTS
        case kinds.Day():
            return DAYS.map(date.isoformat)
        case kinds.Code(codes=codes):
            return st.sampled_from(sorted(codes.labels))
        case kinds.Entity():
            return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,20}", fullmatch=True)
        case kinds.Pattern():
            return st.from_regex(kind.pattern, fullmatch=True).filter(lambda text: len(text) <= kind.most)
        case kinds.Prose():
            return PARAGRAPHS
        case _:
            return LINES


def redrawn(draw: st.DrawFn, kind: Kind, raw: Any) -> Any:
    """Return a value of a kind made anew, all of it or parts."""
    if isinstance(kind, v.Nested) and not isinstance(kind, ReasonKind) and isinstance(raw, dict):
        known = {each.name: each.kind for each in v.fields_of(kind.struct)}
        return {name: redrawn(draw, known[name], value) for name, value in raw.items()}
    if isinstance(kind, Many):
        if isinstance(kind.item, v.Nested):
            rows = list(raw or [])
            return [redrawn(draw, kind.item, row) for row in rows * draw(st.integers(0, 2))]
        return draw(st.lists(leaves(kind.item), min_size=kind.least, max_size=3))
    return draw(leaves(kind)) if draw(st.booleans()) else raw


def is_right(raw: dict[str, Any]) -> bool:
    """Whether plain input can be recorded, as far as the declarations say."""
    try:
        load_submission(raw)
    except Invalid:
        return False
    return True


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """Plain input of any kind that is right: a sample, field by field made anew, left out, or not stated."""
    sample = draw(st.sampled_from(SAMPLES))
    raw = {name: value for name, value in sample.raw.items() if name != "account"}
    standing = draw(st.sampled_from(["act", "report"]))
    raw = raw | {"standing": standing} if is_right(raw | {"standing": standing}) else raw
    for each in v.fields_of(KINDS[sample.kind]):
        held = raw["data"].get(each.name)
        change = draw(st.sampled_from(["anew", "anew", "anew", "not stated", "left out"]))
        value = redrawn(draw, each.kind, held) if change == "anew" else None
        data = {name: old for name, old in raw["data"].items() if name != each.name}
        data |= {} if change == "left out" else {each.name: value}
        raw = raw | {"data": data} if is_right(raw | {"data": data}) else raw
    late = draw(st.none() | PARAGRAPHS)
    sources = [{"title": draw(LINES), "dated": draw(POINTS)} for _ in range(draw(st.integers(0, 2)))]
    around = raw | ({} if late is None else {"late_reason": late}) | ({"sources": sources} if sources else {})
    return around if is_right(around) else raw


def sent(form: forms.Form) -> dict[str, list[str]]:
    """Return a form as a browser sends it: each end of a line is two characters."""
    return {name: [text.replace("\n", "\r\n") for text in texts] for name, texts in form.items()}


@settings(max_examples=150)
@given(inputs())
def test_what_is_recorded_comes_back_from_its_form(raw: dict[str, Any]):
    """Of any kind: recorded, put into the form that puts it right, sent, and read, it is the same action."""
    wanted = load_submission(raw)
    kind = type(wanted.action)
    around = {name: value for name, value in forms.raw_of(wanted.statement).items() if name != "account"}
    held = around | {"stream": str(wanted.stream), "data": forms.raw_of(wanted.action)}
    form = sent(forms.without_blank_rows(kind, forms.typed(kind, held)))

    assert load_submission(forms.meant(kind, form)) == wanted


def test_every_kind_is_among_them():
    """There is a sample of each kind to begin with, and the envelope is one of their parts."""
    assert {each.kind for each in SAMPLES} == set(KINDS)
    assert {"late_reason", "sources"} <= {each.name for each in v.fields_of(Statement)}
