"""Every kind of entry can be recorded by its form, and means what the same input means anywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import URL

from ledger.actions import KINDS
from ledger.database import migrate
from ledger.disclosure import HELD
from ledger.schema import load_submission
from ledger.store import Ledger
from projections.follow import prepare
from projections.follower import PROJECTIONS
from tests.ledger.samples import SAMPLES
from tests.web.people.conftest import Doors
from web.people.roles import KINDS_OF
from web.record import forms

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


@pytest.fixture
def database(new_sqlite: Callable[[], URL]) -> URL:
    """One database: what differs between the two is not in the forms."""
    return new_sqlite()


@pytest.fixture
def doors(doors: Doors) -> Doors:
    """A site with an empty record, and a person who may record for the ministry of the samples."""
    migrate(doors.engine)
    prepare(doors.engine, PROJECTIONS)
    return doors


EMAILS = {"recorder": "ada@example.org", "information_officer": "ines@example.org"}


def test_every_kind_is_recorded_by_its_form(doors: Doors):
    """Each sample, typed into its form in order, becomes the entry that the same input becomes by any other way."""
    for role, email in EMAILS.items():
        doors.person(role, email)
    store = Ledger(doors.engine, clock=lambda: doors.now)
    for place, sample in enumerate(SAMPLES):
        doors.now = sample.recorded
        if sample.kind in BY_COMMAND:
            store.record(sample.submission)
            continue
        doors.browser = doors.app.test_client()
        doors.sign_in(next(EMAILS[role] for role in EMAILS if sample.kind in KINDS_OF[role]))
        type_in(doors, sample)
        made = next(store.read(place, place + 1, HELD))
        account = made.statement.account
        assert made.stream == sample.submission.stream
        assert made.action == sample.submission.action
        assert made.statement == replace(sample.submission.statement, account=account)
    assert store.head().size == len(SAMPLES)


def type_in(doors: Doors, sample):
    """Open the form of a sample, type it in, check it, and record it."""
    form = forms.typed(KINDS[sample.kind], sample.raw)
    address = f"/record/{sample.raw['action']}"
    answer = send(doors, f"{address}?stream={sample.raw['stream']}", address, **form | {"do": ["check"]})
    assert answer.status_code == 303, errors_of(answer)
    check = answer.headers["Location"]
    answer = send(doors, check, check, declared=["yes"])
    assert "/receipts/" in answer.headers["Location"], answer.headers


def send(doors: Doors, shown: str, to: str, **form):
    """Open a page and send its form with what the page itself put into it."""
    page = doors.browser.get(shown)
    assert page.status_code == 200, page.headers
    hidden = re.findall(r'<input type="hidden" name="(csrf_token|draft|version|seen)" value="([^"]+)">', page.text)
    return doors.browser.post(to, data=dict(hidden) | form)


def errors_of(answer):
    """Return the error summary of a page."""
    return re.findall(r"error-summary.*?</ul>", answer.text, re.DOTALL) or answer.text[:2000]
