"""What is being recorded in a request: the kind, where it belongs, what was typed, and by whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from flask import abort
from sqlalchemy import Connection

from ledger import schema
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.disclosure import PUBLIC
from ledger.errors import Invalid, Wrong
from ledger.kinds import Json
from ledger.process import History, Recorded, Submission
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.when import instant_text
from ledger.words import N_
from projections import organisations
from web.authority import is_theirs
from web.people.access import Actor, people
from web.people.roles import KINDS_OF, PROVIDER, RECORDER, Grant, body_of, recordable
from web.record import forms
from web.record.choices import choices_of
from web.record.controls import Choices, Maker
from web.record.drafts import Draft
from web.record.forms import Form, one
from web.record.links import responsible
from web.record.writing import store
from web.state import record as reading_record
from web.state import state

OPENING: Final = {"commissioning-process-registered.v1": "reference", "advisory-group-convened.v1": "group_id"}
"""Kinds that open a stream, with the field that gives its reference."""

QUESTION: Final = "clarification-question-received.v1"
OTHERS_KINDS: Final = frozenset({"issue-reported.v1", "issue-escalated.v1"})
"""What is usually reported by somebody else than the body responsible."""

MOST_PARTIES: Final = 500
_SEEN_BY_THE_RESPONSIBLE: Final = PUBLIC | {"embargoed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A form being filled in. `version` is how many entries the stream held when it was begun."""

    kind: type[v.Action]
    stream: str
    draft_id: str
    version: int
    form: dict[str, list[str]]

    @property
    def name(self) -> str:
        """The kind's name with its version."""
        return self.kind.declaration.name

    @property
    def short(self) -> str:
        """The kind's name in addresses."""
        return self.name.rpartition(".")[0]

    def draft(self, account: int) -> Draft:
        """Return what is kept of it."""
        return Draft(
            self.draft_id, account, self.name, self.stream, self.version, forms_kept(self.form), people().clock()
        )


def forms_kept(form: Form) -> dict[str, list[str]]:
    """Return a form without empty answers."""
    return {name: [text for text in texts if text] for name, texts in form.items() if any(texts)}


def kind_named(name: str, actor: Actor) -> type[v.Action]:
    """Return the kind of entry that an address names; 404 where there is none, 403 where it is not theirs to record."""
    kind = next((kind for full, kind in KINDS.items() if name in {full, full.rpartition(".")[0]}), None)
    if kind is None:
        abort(404)
    if kind.declaration.name not in recordable(actor.account.grants):
        abort(403)
    return kind


def grants_for(actor: Actor, kind: type[v.Action]) -> list[Grant]:
    """Return the grants under which somebody may record a kind."""
    return [each for each in actor.account.grants if kind.declaration.name in KINDS_OF[each.role]]


def is_asking(actor: Actor, kind: type[v.Action]) -> bool:
    """Whether this is a provider who asks a question. Who asked is never in the log."""
    mine = {each.role for each in grants_for(actor, kind)}
    return kind.declaration.name == QUESTION and mine == {PROVIDER}


NOT_ASKED_OF_PROVIDERS: Final = frozenset({"data.received_at", "data.question_id"})
"""What the ledger itself says of a question that a provider asks here."""


def stream_of(kind: type[v.Action], form: Form) -> str:
    """Return the stream that an entry belongs in: the one that it opens, or the one chosen."""
    opens = OPENING.get(kind.declaration.name)
    if opens is None or one(form, "corrects.index"):
        return one(form, "stream")
    return f"{kind.declaration.streams[0]}/{one(form, f'data.{opens}')}"


def parsed(stream: str) -> Stream | None:
    """Return the stream that a text names, if it names one."""
    try:
        return Stream.parse(stream)
    except Wrong:
        return None


def history_for(actor: Actor, stream: Stream) -> History:
    """Return a stream's history as this person may see it: the body responsible sees the questions it is to answer."""
    history = store().history(stream)
    mine = {each.body for each in actor.account.grants if each.role == RECORDER}
    if not mine & set(responsible(history)):
        return history
    held = {each.index: each for each in store().history(stream, _SEEN_BY_THE_RESPONSIBLE).entries()}
    seen = History(stream)
    for each in history.entries():
        seen.add(held[each.index] if _is_theirs_to_see(each, mine) else each)
    return seen


def _is_theirs_to_see(entry: Recorded, mine: Collection[tuple[str, str]]) -> bool:
    """Whether what an entry embargoes is for the body responsible: questions to it, and what it embargoed itself."""
    return entry.statement.visibility.state == "public" or body_of(entry.statement.by.organisation) in mine


def choices_for(actor: Actor, asked: Asked, history: History | None, voice: Voice) -> Choices:
    """Return what there is to choose from in this form."""
    stream = parsed(asked.stream)
    with reading_record() as connection:
        parties = _parties(connection)
    known = history or History(stream or Stream("process", "none"))
    return choices_of(known, parties, grants_for(actor, asked.kind), voice)


def _parties(connection: Connection) -> list[dict[str, str]]:
    return organisations.parties(connection, MOST_PARTIES)


def maker_of(asked: Asked, choices: Choices, voice: Voice) -> Maker:
    """Return the maker of the form's controls."""
    return Maker(asked.form, choices, voice, complete=one(asked.form, "standing") in {"", "act"})


def raw_submission(actor: Actor, asked: Asked) -> dict[str, Json]:
    """Return the plain input that the form means, with what the site itself states."""
    raw = forms.meant(asked.kind, asked.form)
    raw["stream"] = asked.stream
    if is_asking(actor, asked.kind):
        return _question(raw)
    return raw | {"account": str(actor.account.id)}


def _question(raw: dict[str, Json]) -> dict[str, Json]:
    """Return a provider's question as the service states it: received here, now, from whom it never says."""
    now = people().clock().replace(microsecond=0)
    data = raw["data"] | {"received_at": instant_text(now)}
    data.pop("question_id", None)
    return {
        "action": raw["action"],
        "stream": raw["stream"],
        "standing": "act",
        "by": {
            "organisation": {"scheme": "candour", "id": state().site.origin, "name": "Candour"},
            "role": "receives questions",
        },
        "data": data,
    }


def submission_of(actor: Actor, asked: Asked) -> Submission:
    """Return what is to be recorded. Raises `Invalid` with every wrong field, also where it is not theirs to say."""
    submission = schema.load_submission(raw_submission(actor, asked))
    if not is_asking(actor, asked.kind):
        hold_to_own_bodies(actor, asked, submission)
    return submission


def hold_to_own_bodies(actor: Actor, asked: Asked, submission: Submission) -> None:
    """Raise `Invalid` where somebody would record for an organisation that is not theirs."""
    if not actor.may_record(asked.name, body_of(submission.statement.by.organisation)):
        wrong = Wrong(N_("You record for your own organisation only. Choose it from the list."))
        raise Invalid({"by.organisation": (wrong,)})
    if not is_theirs(store(), submission):
        wrong = Wrong(
            N_("This entry is another organisation's. Its information officer, or whoever runs this site, can do it.")
        )
        raise Invalid({"by.organisation": (wrong,)})


def digest_of(raw: dict[str, Any]) -> str:
    """Return what tells two submissions apart."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()


def prefilled(kind: type[v.Action], entry: Recorded) -> dict[str, list[str]]:
    """Return the form that puts an entry right: all that it says, to be changed where it is wrong."""
    raw = {
        "stream": str(entry.stream),
        "standing": entry.statement.standing,
        "corrects": {"index": entry.index},
        "sources": [forms.raw_of(each) for each in entry.statement.sources],
        "data": forms.raw_of(entry.action),
    }
    return forms.typed(kind, {name: value for name, value in raw.items() if value})
