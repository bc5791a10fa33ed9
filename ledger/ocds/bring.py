"""Bringing the record of a process to what its official releases come to.

The plan is made of all releases of the process, in the order of their dates, whatever the order in which they arrive.
What the plan has and the record has not is recorded; what the record says otherwise is corrected; what the plan has no
more is withdrawn. So the entries that stand are the same whatever came first. What people recorded is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, Protocol

from ledger import structs as s
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import CommissioningProcessRegistered
from ledger.envelope import Author, Correction, Statement
from ledger.ocds.keys import Key, key, keyed
from ledger.ocds.plan import Plan, Planned
from ledger.process import History, Recorded, Submission
from ledger.stories import is_told_by
from ledger.streams import Stream
from ledger.vocabulary import with_values
from ledger.when import Occurrence

ROLE: Final = "publisher of open contracting data"
"""The role in which a publisher is the author of imported entries; by it they are told from those of people."""

_LATER: Final = "A release that was taken in later belongs before this one, or says more."


class Desk(Protocol):
    """What of `ledger.store.Desk` is needed here."""

    def history(self, stream: Stream) -> History:
        """Return what the stream holds."""

    def record(self, submission: Submission) -> Recorded:
        """Record one entry."""


def bring(desk: Desk, plan: Plan, recorded: str) -> int:
    """Record what the record of the plan's process lacks, and return how many entries that took.

    `recorded` is the instant of the transaction, which is when what is wrong by now is withdrawn.
    """
    stream = Stream("process", plan.reference)
    history = desk.history(stream)
    mine = _mine(history)
    wanted = keyed(plan.entries, lambda each: key(each.action, each.source))
    submissions = list(_withdrawals(stream, history, mine, wanted.keys(), plan, recorded))
    for name, planned in wanted.items():
        if name in mine:
            submissions.extend(_correction(stream, history, mine[name], planned))
        elif not _is_opened(history, planned):
            submissions.append(_submission(stream, planned))
    for submission in submissions:
        desk.record(submission)
    return len(submissions)


def _mine(history: History) -> dict[Key, Recorded]:
    """Return the imported entries by their keys, the newest original of each that was not withdrawn by an import."""
    found = []
    for entry in history.entries():
        if not _is_imported(entry) or isinstance(entry.action, LedgerEntryWithdrawn) or entry.corrects is not None:
            continue
        by = history.withdrawn_by(entry.index)
        withdrawal = None if by is None else history.own(by)
        if withdrawal is None or not _is_imported(withdrawal):
            found.append(entry)
    return keyed(found, lambda entry: key(_newest(history, entry).action, _newest(history, entry).statement.sources[0]))


def _newest(history: History, entry: Recorded) -> Recorded:
    """Return what stands for an imported entry, as the import left it."""
    chain = [history.own(index) for index in history.chain(entry.index)]
    return next(each for each in reversed(chain) if each is not None and _is_imported(each))


def _is_imported(entry: Recorded) -> bool:
    return entry.statement.standing == "import" and entry.statement.by.role == ROLE


def _is_opened(history: History, planned: Planned) -> bool:
    """Whether people opened this process themselves, so that the import need not."""
    return isinstance(planned.action, CommissioningProcessRegistered) and history.has(CommissioningProcessRegistered)


def _withdrawals(
    stream: Stream,
    history: History,
    mine: dict[Key, Recorded],
    wanted: Collection[Key],
    plan: Plan,
    recorded: str,
) -> Iterator[Submission]:
    last = plan.entries[-1]
    for name, entry in mine.items():
        if name in wanted or history.is_withdrawn(entry.index) or not _stands_as_imported(history, entry):
            continue
        action = LedgerEntryWithdrawn(
            withdrawn_on=Occurrence(recorded),
            target=entry.index,
            reason=s.Reason(state="given", text=_LATER),
        )
        yield Submission(stream, action, _statement(last.source, last.publisher))


def _stands_as_imported(history: History, entry: Recorded) -> bool:
    """Whether no person has corrected an imported entry since; what people put right is theirs."""
    newest = history.own(history.newest(entry.index))
    return newest is None or _is_imported(newest)


def _correction(stream: Stream, history: History, entry: Recorded, planned: Planned) -> Iterator[Submission]:
    if history.is_withdrawn(entry.index) or not _stands_as_imported(history, entry):
        return
    newest = history.own(history.newest(entry.index)) or entry
    wanted = _submission(stream, planned)
    as_it_stands = with_values(wanted.statement, {"corrects": newest.statement.corrects})
    if is_told_by(Submission(stream, planned.action, as_it_stands), newest):
        return
    corrects = Correction(index=newest.index, reason=_LATER)
    yield Submission(stream, planned.action, with_values(wanted.statement, {"corrects": corrects}))


def _submission(stream: Stream, planned: Planned) -> Submission:
    return Submission(stream, planned.action, _statement(planned.source, planned.publisher))


def _statement(source: s.Source, publisher: s.Party) -> Statement:
    return Statement(standing="import", by=Author(organisation=publisher, role=ROLE), sources=(source,))
