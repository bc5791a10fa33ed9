"""Where recording begins: what is owed, what was begun, and what can be recorded."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.clock import england_and_wales
from ledger.reference import when_to_use
from ledger.streams import Stream
from ledger.voice import Voice
from projections import organisations, streams
from projections.organisations import Body
from web.language import voice
from web.people.access import Actor, current, people
from web.people.entering import form_page
from web.people.roles import INFORMATION_OFFICER, recordable
from web.record import asking, drafts
from web.record.asking import history_for
from web.record.blueprint import record
from web.record.form import place_of
from web.record.many import TABLE
from web.record.owed import Task, tasks
from web.state import record as reading_record

MOST_STREAMS: Final = 50
"""Streams that are looked through for what is owed, those with the newest entries first."""


@record.get("/")
def home() -> Response:
    """Show the person's tasks first, then every kind of entry that they may record, in one stream if it is chosen."""
    account, said = current().account, voice()
    chosen = asking.parsed(request.args.get("stream", ""))
    with reading_record() as connection:
        begun = drafts.of_account(connection, account.id)
    owed = _owed(current(), said)
    allowed = recordable(account.grants)
    stages = {
        said.words(label): [
            (name.rpartition(".")[0], said.words(kind.declaration.title), said.words(when_to_use(kind)))
            for name, kind in KINDS.items()
            if kind.declaration.stage == stage and name in allowed and _fits(kind, chosen)
        ]
        for stage, label in v.STAGES_OF_KINDS.labels.items()
    }
    titles = {name: said.words(kind.declaration.title) for name, kind in KINDS.items()}
    return form_page(
        "record/home.html",
        account=account,
        drafts=begun,
        tasks=owed,
        titles=titles,
        tables={each.id for each in begun if TABLE in each.form},
        chosen=None if chosen is None else str(chosen),
        place=None if chosen is None else place_of(str(chosen), said),
        stages={label: found for label, found in stages.items() if found},
        removes=INFORMATION_OFFICER in account.roles(),
    )


def _fits(kind: type[v.Action], chosen: Stream | None) -> bool:
    """Whether a kind can be recorded in a stream that is chosen. What opens a stream cannot: it is there already."""
    return chosen is None or (chosen.kind in kind.declaration.streams and kind.declaration.name not in asking.OPENING)


def _owed(actor: Actor, said: Voice) -> list[Task]:
    slugs = [Body(each.scheme, each.organisation, each.name).slug for each in actor.account.grants if each.organisation]
    with reading_record() as connection:
        bodies = [found for slug in slugs if (found := organisations.one(connection, slug)) is not None]
        where = list(dict.fromkeys(stream for each in bodies for stream in each.streams))[:MOST_STREAMS]
        titles = streams.titles(connection, where, said)
    histories = [(titles[stream], history_for(actor, stream)) for stream in where]
    return tasks(histories, slugs, people().clock(), england_and_wales(), said)
