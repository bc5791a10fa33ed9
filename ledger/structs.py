"""Groups of fields that several kinds of entry and the envelope share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Literal

from ledger import kinds
from ledger import vocabulary as v
from ledger.codes import BASES, REASONS, VAT
from ledger.errors import Wrong
from ledger.kinds import CodeList, Maybe, Money, Undisclosed
from ledger.voice import Voice
from ledger.when import Occurrence
from ledger.words import N_


class Party(v.Struct):
    """An organisation, by a scheme of identifiers (org-id.guide), so that two spellings stay one body."""

    sentence = "%(name)s"
    scheme: Maybe[str] = v.line(N_("Scheme"), hint=N_("Such as GB-CHC for the Charity Commission."))
    id: Maybe[str] = v.line(N_("Identifier"), hint=N_("The organisation's number in that scheme."))
    name: Maybe[str] = v.line(N_("Name"))


class Document(v.Struct):
    """A published document. It is named by its SHA-256 digest where a copy was held."""

    sentence = "%(title)s"
    title: Maybe[str] = v.title(N_("Title"))
    address: Maybe[str] | None = v.of(N_("Web address"), kinds.WEB_ADDRESS, default=None)
    sha256: Maybe[str] | None = v.of(N_("SHA-256 digest"), kinds.SHA256, default=None)
    digest_of: Maybe[str] | None = v.code(
        N_("The digest is of"),
        CodeList("digest of", {"file": N_("The file"), "extracted_text": N_("Text taken out of the file")}),
        default=None,
    )
    size: Maybe[int] | None = v.count(N_("Size in bytes"), default=None)
    media_type: Maybe[str] | None = v.of(N_("Media type"), kinds.MEDIA_TYPE, default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.digest_of is not None and self.sha256 is None:
            yield "sha256", Wrong(N_("Give the digest, or leave out what it is of."))


class Source(v.Struct):
    """Where a fact was found: a dated document. Its date is a claim about when the fact was public."""

    sentence = "%(title)s"
    strict = True
    title: str | Undisclosed = v.title(N_("Title"))
    reference: str | None = v.line(N_("Where in it"), default=None, hint=N_("A page, section or number."))
    dated: Occurrence | None = v.when(N_("Dated"), default=None)
    address: str | None = v.of(N_("Web address"), kinds.WEB_ADDRESS, default=None)
    sha256: str | None = v.of(N_("SHA-256 digest"), kinds.SHA256, default=None)
    digest_of: str | None = v.code(
        N_("The digest is of"),
        CodeList("digest of", {"file": N_("The file"), "extracted_text": N_("Text taken out of the file")}),
        default=None,
    )


def is_twice(ids: Iterable[object]) -> bool:
    """Whether an id that is stated occurs more than once."""
    known = [each for each in map(kinds.stated, ids) if each is not None]
    return len(set(known)) != len(known)


REASON_STATES = CodeList(
    "state of a reason",
    {"given": N_("Given"), "withheld": N_("Withheld"), "not_given": N_("No reason given")},
)


class Reason(v.Struct):
    """Why: given, withheld on a stated basis, or not given. Not given is allowed, shown and counted."""

    strict = True
    state: Literal["given", "withheld", "not_given"] = v.code(N_("Reason"), REASON_STATES)
    code: Maybe[str] | None = v.code(N_("Kind of reason"), REASONS, default=None)
    text: Maybe[str] | None = v.prose(N_("In words"), default=None)
    basis: Maybe[str] | None = v.code(N_("Basis for withholding"), BASES, default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.state == "given" and self.code is None and self.text is None:
            yield "text", Wrong(N_("Say why, in words or by choosing a kind of reason."))
        if self.state == "withheld" and self.basis is None:
            yield "basis", Wrong(N_("Choose the basis on which the reason is withheld."))
        if self.state != "given" and (self.code is not None or self.text is not None):
            yield "state", Wrong(N_("A reason is written here. Choose “given”."))
        if self.state != "withheld" and self.basis is not None:
            yield "basis", Wrong(N_("A basis belongs only to a reason that is withheld. Leave it out."))


class ReasonKind(v.Nested):
    """A reason, said by its words where it has some, else by its kind, its basis, or its absence."""

    name = "reason"

    def say(self, value: Any, voice: Voice) -> str:
        if value.state == "not_given":
            return voice.words(N_("no reason given"))
        if value.state == "withheld":
            basis = kinds.say(kinds.Code(BASES), value.basis, voice)
            return voice.words(N_("withheld (%(basis)s)"), basis=basis)
        told = kinds.say(kinds.Code(REASONS), value.code, voice)
        if value.text is None:
            return told
        words = kinds.say(kinds.Prose(), value.text, voice)
        if value.code is None or value.code == "other":
            return words
        return voice.words(N_("%(kind)s: %(words)s"), kind=told, words=words)


class Period(v.Struct):
    """From one day to another, both included."""

    sentence = N_("from %(first)s to %(last)s")
    first: Maybe[date] = v.day(N_("From"))
    last: Maybe[date] = v.day(N_("To"))

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        first, last = kinds.stated(self.first), kinds.stated(self.last)
        if first is not None and last is not None and last < first:
            yield "last", Wrong(N_("This is before the first day. Check both."))


class Value(v.Struct):
    """What a contract or award is worth, without and with VAT."""

    net: Maybe[Money] | None = v.money(N_("Without VAT"), default=None)
    gross: Maybe[Money] | None = v.money(N_("With VAT"), default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.net is None and self.gross is None:
            yield "net", Wrong(N_("Give the value without VAT, with VAT, or both."))


class ValueKind(v.Nested):
    """A value, the net amount first since that is the one to compare."""

    name = "value"

    def say(self, value: Any, voice: Voice) -> str:
        parts = []
        if value.net is not None:
            amount = kinds.say(kinds.MoneyKind(), value.net, voice)
            parts.append(voice.words(N_("%(amount)s without VAT"), amount=amount))
        if value.gross is not None:
            amount = kinds.say(kinds.MoneyKind(), value.gross, voice)
            parts.append(voice.words(N_("%(amount)s with VAT"), amount=amount))
        return voice.words(N_(", ")).join(parts)


class Cost(v.Struct):
    """An amount with what it covers."""

    sentence = N_("%(amount)s (%(vat)s, %(period)s)")
    amount: Maybe[Money] = v.money(N_("Amount"))
    vat: Maybe[str] = v.code(N_("VAT"), VAT)
    period: Maybe[str] = v.line(N_("For which period"), hint=N_("Such as “a year” or “the whole term”."))


PARTY = v.Nested(Party)
DOCUMENT = v.Nested(Document)
REASON = ReasonKind(Reason)
VALUE = ValueKind(Value)
