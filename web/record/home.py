"""Where recording begins: what is owed, what was begun, and what can be recorded."""

from __future__ import annotations

from flask import Response

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.reference import when_to_use
from web.language import voice
from web.people.access import current
from web.people.entering import form_page
from web.people.roles import recordable
from web.record import drafts
from web.record.blueprint import record
from web.state import record as reading_record


@record.get("/")
def home() -> Response:
    """Show the person's tasks first, then every kind of entry that they may record."""
    account, said = current().account, voice()
    with reading_record() as connection:
        begun = drafts.of_account(connection, account.id)
    allowed = recordable(account.grants)
    stages = {
        said.words(label): [
            (name.rpartition(".")[0], said.words(kind.declaration.title), said.words(when_to_use(kind)))
            for name, kind in KINDS.items()
            if kind.declaration.stage == stage and name in allowed
        ]
        for stage, label in v.STAGES_OF_KINDS.labels.items()
    }
    titles = {name: said.words(kind.declaration.title) for name, kind in KINDS.items()}
    return form_page(
        "record/home.html",
        account=account,
        drafts=begun,
        titles=titles,
        stages={label: found for label, found in stages.items() if found},
    )
