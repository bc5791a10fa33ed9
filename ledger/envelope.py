"""What stands around an action: who says so, on whose behalf, on what evidence, and who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.codes import BASES, STANDINGS
from ledger.errors import Wrong
from ledger.kinds import CodeList, Undisclosed
from ledger.streams import Stream
from ledger.words import N_

VISIBILITIES = CodeList(
    "visibility", {"public": N_("Public"), "embargoed": N_("Not public yet"), "withheld": N_("Withheld")}
)


class Author(v.Struct):
    """Who answers for an entry: an organisation and a role in it."""

    sentence = N_("%(organisation)s, %(role)s")
    strict = True
    organisation: s.Party = v.nested(N_("Organisation"), s.Party)
    role: str = v.line(N_("Role"), hint=N_("Such as “procurement lead”, never a name."))


class Visibility(v.Struct):
    """Who may see an entry. Unless public, every field of its action is a salted digest."""

    strict = True
    state: Literal["public", "embargoed", "withheld"] = v.code(N_("Visibility"), VISIBILITIES)
    until: datetime | None = v.of(N_("Until"), kinds.Instant(), default=None)
    basis: str | None = v.code(N_("Basis"), BASES, default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.state == "withheld" and self.basis is None:
            yield "basis", Wrong(N_("Choose the basis on which it is withheld."))
        if self.until is not None and self.state != "embargoed":
            yield "until", Wrong(N_("Only what is embargoed has an end. Leave it out."))


PUBLIC = Visibility(state="public")


class Correction(v.Struct):
    """Which entry this one replaces, and why."""

    strict = True
    index: int = v.entry(N_("Entry"))
    reason: str | Undisclosed = v.prose(N_("Reason"))


class Statement(v.Struct):
    """The recorder's part of the envelope. Index, stream, version and clock are the ledger's part."""

    strict = True
    standing: v.Standing = v.code(N_("On whose word"), STANDINGS)
    by: Author = v.of(N_("Recorded by"), v.Repeated(Author))
    on_behalf_of: s.Party | None = v.nested(N_("On behalf of"), s.Party, default=None)
    account: str | Undisclosed | None = v.of(N_("Account"), kinds.Account(), default=None)
    concerns: tuple[str, ...] = v.many(
        N_("Also concerns"), kinds.REFERENCE, default=(), hint=N_("References of other processes.")
    )
    sources: tuple[s.Source, ...] = v.rows(N_("Sources"), s.Source, default=())
    visibility: Visibility = v.of(N_("Visibility"), v.Repeated(Visibility), default=PUBLIC)
    late_reason: str | Undisclosed | None = v.prose(N_("Why it is recorded late"), default=None)
    corrects: Correction | None = v.nested(N_("Corrects"), Correction, default=None)

    def concerned_streams(self) -> frozenset[Stream]:
        """Return the streams of the further processes that the entry is about."""
        return frozenset(Stream("process", reference) for reference in self.concerns)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.standing in {"import", "reconstruction"} and not self.sources:
            yield "sources", Wrong(N_("Name at least one source: this is entered from documents."))
        if len(set(self.concerns)) != len(self.concerns):
            yield "concerns", Wrong(N_("A process is named twice. Name it once."))
