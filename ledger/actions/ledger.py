"""Entries about the record itself: withdrawn, redacted, disclosed, attested, imported, sealed with a new key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.actions.process import CommissioningProcessRegistered
from ledger.errors import Refused
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

ANYWHERE: tuple[v.StreamKind, ...] = ("process", "group", "ledger")
REDACTION_BASES = CodeList(
    "legal basis of a redaction",
    {
        "erasure_request": N_("Request for erasure (UK GDPR, article 17)"),
        "personal_data": N_("Personal data that should not have been recorded"),
        "commercial_confidence": N_("Commercial confidence"),
        "security": N_("Security of a prison or of people"),
        "court_order": N_("Order of a court"),
        "other": N_("Another basis, stated in words"),
    },
)
DISCLOSURE_BASES = CodeList(
    "basis of a disclosure",
    {
        "embargo_ended": N_("The embargo ended"),
        "answer_released": N_("The answer was released"),
        "decided": N_("The body responsible decided so"),
        "ordered": N_("A court or regulator ordered it"),
        "information_request": N_("A request for information"),
    },
)


class LedgerEntryWithdrawn(
    v.Action,
    name="ledger-entry-withdrawn.v1",
    title=N_("Entry withdrawn"),
    stage="record",
    streams=ANYWHERE,
):
    """Record this when an entry should not exist at all: the wrong process, or recorded twice. It stays readable."""

    sentence = N_("Withdrawn: %(target)s. Reason: %(reason)s")
    withdrawn_on: Maybe[Occurrence] = v.occurrence(N_("Withdrawn on"))
    target: int = v.entry(N_("Entry"))
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)

    def check(self, history: History) -> None:
        _in_this_stream(self.target, history)
        if history.is_withdrawn(self.target):
            raise Refused(N_("Entry %(number)s is withdrawn already. There is nothing to do."), number=self.target)


class LedgerEntryRedacted(
    v.Action,
    name="ledger-entry-redacted.v1",
    title=N_("Part of an entry removed from view"),
    stage="record",
    streams=ANYWHERE,
):
    """Record this to remove personal or restricted text from view. The text goes for good; the proofs still hold."""

    sentence = N_("Part of %(target_entry)s removed from view. Basis: %(basis_code)s")
    redacted_on: Maybe[Occurrence] = v.occurrence(N_("Decided on"))
    target_entry: int = v.entry(N_("Entry"))
    fields: tuple[str, ...] = v.many(
        N_("Fields"), kinds.Line(), least=1, hint=N_("The paths of the fields, such as data.reason.text.")
    )
    basis_code: Maybe[str] = v.code(N_("Legal basis"), REDACTION_BASES)
    decided_by: Maybe[str] = v.line(N_("Decided by"), hint=N_("A role, never a name."))
    digest_kept: Maybe[bool] = v.yes_no(N_("The digest is kept"))

    def check(self, history: History) -> None:
        _in_this_stream(self.target_entry, history)


class CoverageAttested(
    v.Action,
    name="coverage-attested.v1",
    title=N_("Complete record attested"),
    stage="record",
    after=CommissioningProcessRegistered,
    recommendations=v.ALL,
):
    """Record this when the body responsible vouches that a stage is fully recorded, but for what it names."""

    sentence = N_("The record of the stage “%(stage)s” is attested to be complete")
    stage: Maybe[str] = v.code(N_("Stage"), v.STAGES)
    attested_by: Maybe[str] = v.line(N_("Attested by"), hint=N_("A role, never a name."))
    attested_on: Maybe[Occurrence] = v.occurrence(N_("Attested on"))
    statement: Maybe[str] = v.prose(N_("Statement"))
    exceptions: Maybe[tuple[str, ...]] = v.proses(N_("Exceptions"))


class ExternalReleaseImported(
    v.Action,
    name="external-release-imported.v1",
    title=N_("Official release taken in"),
    stage="record",
    after=CommissioningProcessRegistered,
):
    """Recorded when an official open contracting release is taken in, whatever it changes."""

    sentence = N_("Official release %(release_id)s by %(publisher)s taken in. Material changes: %(material_changes)s")
    publisher: Maybe[s.Party] = v.nested(N_("Publisher"), s.Party)
    ocid: Maybe[str] = v.line(N_("OCID"))
    release_id: Maybe[str] = v.line(N_("Release"))
    release_date: Maybe[Occurrence] = v.occurrence(N_("Release dated"))
    tags: Maybe[tuple[str, ...]] = v.many(N_("Tags"), kinds.Line())
    notice_type: Maybe[str] | None = v.line(N_("Notice type"), default=None)
    sha256: Maybe[str] = v.of(N_("SHA-256 digest"), kinds.SHA256)
    material_changes: Maybe[int] = v.count(N_("Changes that matter"))
    difference: Maybe[s.Document] | None = v.nested(N_("What differs"), s.Document, default=None)


class LedgerEntryDisclosed(
    v.Action,
    name="ledger-entry-disclosed.v1",
    title=N_("Part of an entry made public"),
    stage="record",
    streams=ANYWHERE,
):
    """Record this when what was embargoed or withheld is made public."""

    sentence = N_("Part of %(target)s made public: %(basis)s")
    disclosed_on: Maybe[Occurrence] = v.occurrence(N_("Made public on"))
    target: int = v.entry(N_("Entry"))
    fields: tuple[str, ...] = v.many(
        N_("Fields"), kinds.Line(), least=1, hint=N_("The paths of the fields, such as data.text_or_summary.")
    )
    basis: Maybe[str] = v.code(N_("Basis"), DISCLOSURE_BASES)

    def check(self, history: History) -> None:
        _in_this_stream(self.target, history)


class SigningKeyRotated(
    v.Action,
    name="signing-key-rotated.v1",
    title=N_("Signing key changed"),
    stage="record",
    streams=("ledger",),
):
    """Recorded when the log's signing key changes. Checkpoints around it are signed by both keys."""

    sentence = N_("Signing key changed. Reason: %(reason)s")
    rotated_on: Maybe[Occurrence] = v.occurrence(N_("Changed on"))
    old_vkey: Maybe[str] = v.of(N_("Old key"), kinds.LOG_KEY)
    new_vkey: Maybe[str] = v.of(N_("New key"), kinds.LOG_KEY)
    reason: Maybe[s.Reason] = v.of(N_("Reason"), s.REASON)


def _in_this_stream(target: int, history: History) -> None:
    if stated(target) is not None and history.own(target) is None:
        raise Refused(
            N_("Entry %(number)s is not an entry of %(stream)s. Record this where the entry stands."),
            number=target,
            stream=str(history.stream),
        )


def target_of(action: v.Action) -> int | None:
    """Return the entry whose disclosures this action changes, if it changes any."""
    match action:
        case LedgerEntryRedacted():
            return action.target_entry
        case LedgerEntryDisclosed():
            return action.target
        case _:
            return None
