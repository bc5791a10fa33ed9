"""What was promised, in the promise's own words: as they can be seen now, and never what is hidden or removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from ledger import vocabulary as v
from ledger.actions.commitments import CommitmentMade
from ledger.actions.delivery import ReviewRecommendationAnswered
from ledger.actions.issues import IssueAnswered
from ledger.process import Recorded
from ledger.sentences import Sentence, say_sentence, sentence
from ledger.voice import Voice
from ledger.words import N_
from projections import entries
from projections.entries import EntryView


def what_is_owed(title: Sentence, opened: Recorded | None, voice: Voice) -> str:
    """Say what is owed by the words of the promise that opened it, shortened; by its title where none can be seen."""
    return say_sentence(title if opened is None else _by_its_words(title, opened), voice)


def _by_its_words(title: Sentence, opened: Recorded) -> Sentence:
    name = title.parameters.get("id", "")
    match opened.action:
        case CommitmentMade(text=str(text)):
            return sentence(N_("Promise “%(text)s”"), text=v.shorten(text))
        case IssueAnswered(action_promised=str(text)):
            template = N_("Promise in the answer to issue %(id)s, “%(text)s”")
            return sentence(template, id=name, text=v.shorten(text))
        case ReviewRecommendationAnswered(action=str(text)):
            template = N_("Promise in the answer to recommendation %(id)s of the review, “%(text)s”")
            return sentence(template, id=name, text=v.shorten(text))
        case _:
            return title


def owed_as_shown(connection: Connection, owed: Iterable[tuple[int, Sentence]], voice: Voice) -> list[str]:
    """Say what is owed, each given by the entry that opened it and its title: in the words that stand now."""
    wanted = list(owed)
    opened = standing(connection, [index for index, _title in wanted])
    return [what_is_owed(title, opened.get(index), voice) for index, title in wanted]


def standing(connection: Connection, indexes: Sequence[int]) -> Mapping[int, Recorded]:
    """Return the entries that stand now in the place of others, by the index of those; they may be the same."""
    found: dict[int, EntryView] = entries.several(connection, indexes)
    while moved := {first: view.corrected_by for first, view in found.items() if view.corrected_by is not None}:
        later = entries.several(connection, moved.values())
        if not later.keys() >= set(moved.values()):
            break
        found |= {first: later[index] for first, index in moved.items()}
    return {first: view.entry for first, view in found.items()}
