"""Every kind of entry can be recorded by its form, and means what the same input means anywhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from ledger.actions import KINDS
from ledger.disclosure import HELD, PUBLIC
from ledger.process import Recorded
from ledger.schema import load_submission
from tests.ledger.samples import SAMPLES
from tests.web.people.conftest import Doors
from tests.web.record.conftest import Desk
from web.people.roles import KINDS_OF
from web.record import asking, forms

BY_COMMAND = {"signing-key-rotated.v1", "external-release-imported.v1"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.kind)
def test_a_form_means_what_it_was_made_of(sample):
    """The form of plain input, and the form of what was recorded of it, both mean that input again."""
    kind, wanted = KINDS[sample.kind], sample.submission
    form = forms.typed(kind, sample.raw)
    recorded = forms.raw_of(wanted.statement) | {"stream": str(wanted.stream), "data": forms.raw_of(wanted.action)}

    assert load_submission(forms.meant(kind, form)) == wanted
    assert load_submission(forms.meant(kind, forms.typed(kind, recorded))) == wanted
    assert forms.without_blank_rows(kind, form) == form


EMAILS = {"recorder": "ada@example.org", "information_officer": "ines@example.org"}


def as_sent(page: str) -> dict[str, list[str]]:
    """Return what a browser sends of a page's form as it stands."""
    document: Any = html.document_fromstring(page)
    (form,) = (each for each in document.forms if each.get("id") == "form")
    found: dict[str, list[str]] = {}
    for name, text in form.form_values():
        found.setdefault(name, []).append(text.replace("\n", "\r\n"))
    return found


def assert_page_holds(desk: Desk, made: Recorded) -> None:
    """Hold the page that puts an entry right to what the entry says, as far as its recorder may see it."""
    kind, short = type(made.action), made.action.declaration.name.rpartition(".")[0]
    (seen,) = desk.ledger.read(made.index, made.index + 1, PUBLIC | {"embargoed"})
    page = desk.open(f"/record/{short}?stream={made.stream}&corrects={made.index}")
    assert forms.meant(kind, as_sent(page))["data"] == forms.meant(kind, asking.prefilled(kind, seen))["data"], short


def test_every_kind_is_recorded_by_its_form(doors: Doors):
    """Each sample, typed into its form in order, becomes the entry that the same input becomes by any other way.

    The page that puts it right holds all of it, and a browser would send it back unchanged.
    """
    desk = Desk(doors)
    for role, email in EMAILS.items():
        doors.person(role, email)
    store = desk.ledger
    for place, sample in enumerate(SAMPLES):
        doors.now = sample.recorded
        if sample.kind in BY_COMMAND:
            store.record(sample.submission)
            continue
        doors.browser = doors.app.test_client()
        doors.sign_in(next(EMAILS[role] for role in EMAILS if sample.kind in KINDS_OF[role]))
        check = desk.fill_in(sample.raw["action"], forms.typed(KINDS[sample.kind], sample.raw), sample.raw["stream"])
        assert "/receipts/" in desk.confirm(check).headers["Location"]
        made = next(store.read(place, place + 1, HELD))
        account = made.statement.account
        assert made.stream == sample.submission.stream
        assert made.action == sample.submission.action
        assert made.statement == replace(sample.submission.statement, account=account)
        assert_page_holds(desk, made)
    assert store.head().size == len(SAMPLES)
