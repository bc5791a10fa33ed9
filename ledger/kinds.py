"""The kinds of value a field can hold.

A kind is one object that knows how its values come in from outside (`load`), stand in an entry (`dump`), are read back
(`read`) and are said to a person (`say`). `load` trusts nothing and refuses in plain words; `read` trusts what the
ledger itself stored, since it is on the path of every rebuild.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Final, Literal, TypeAlias, TypeVar, cast

from babel.numbers import list_currencies

from ledger.errors import Wrong
from ledger.voice import Voice
from ledger.when import YEARS, Occurrence
from ledger.words import N_

Json = Any
"""A value of JSON without floats: str, int, bool, None, list, dict."""

State = Literal["disclosed", "embargoed", "withheld", "redacted"]

Hide = Callable[[str, str | int, Json, State], str]
"""(path of its object or list, name or place in it, value, first state) -> digest: puts a value aside, salted."""


@dataclass(frozen=True, slots=True)
class NotStated:
    """The source does not say. It is neither yes nor no, and accuses nobody."""


NOT_STATED: Final = NotStated()


@dataclass(frozen=True, slots=True)
class Undisclosed:
    """A value was committed but is not shown; `state` says why."""

    state: State


NOT_HELD: Final = Undisclosed("disclosed")
"""A value whose disclosure is not to be had here."""

T = TypeVar("T")
Maybe: TypeAlias = T | NotStated | Undisclosed
"""A value of a field that may be not stated, or not be shown."""

UNDISCLOSED_WORDS: Final[Mapping[str, str]] = {
    "disclosed": N_("[not held here]"),
    "embargoed": N_("[not public yet]"),
    "withheld": N_("[withheld]"),
    "redacted": N_("[removed by law]"),
}


def stated(value: T | NotStated | Undisclosed | None) -> T | None:
    """Return the value where there is one to see, else None."""
    return None if type(value) in _UNSEEN else cast("T | None", value)


_UNSEEN: Final = frozenset({NotStated, Undisclosed})


def say(kind: Kind, value: object, voice: Voice) -> str:
    """Say any field's value, also one that is absent, not stated or not shown."""
    if value is None:
        return voice.words(N_("none"))
    if isinstance(value, NotStated):
        return voice.words(N_("not stated"))
    if isinstance(value, Undisclosed):
        return voice.words(UNDISCLOSED_WORDS[value.state])
    return kind.say(value, voice)


@dataclass(frozen=True)
class Kind:
    """One kind of value. `private` values stand in the entry only as salted digests (RFC 9901)."""

    name: ClassVar[str]
    private: ClassVar[bool] = False

    @property
    def first_state(self) -> State:
        """The state in which a private value of this kind is recorded."""
        return "disclosed"

    def load(self, raw: Json) -> Any:
        """Return the value that `raw` from outside means, or raise `Wrong`."""
        raise NotImplementedError

    def dump(self, value: Any, hide: Hide, path: str) -> Json:  # noqa: ARG002 - composite kinds use both
        """Return the JSON that stands in an entry for `value`."""
        return value

    def read(self, stored: Json) -> Any:
        """Return the value of JSON that `dump` made."""
        return stored

    def say(self, value: Any, voice: Voice) -> str:  # noqa: ARG002 - most kinds are said in the reader's language
        """Say a value in a line of text."""
        return str(value)


# --- text ---------------------------------------------------------------------------------------------------------

# Besides what cannot be printed: marks that turn the direction of what follows, so that a text reads as it is not.
_FORBIDDEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_BREAKS: Final = re.compile(r"[\n\t\u2028\u2029]")
_NEWLINES: Final = re.compile(r"\r\n?")


def _text(raw: Json, most: int) -> str:
    if not isinstance(raw, str):
        raise Wrong(N_("Write this as text, in quotes."))
    text = (_NEWLINES.sub("\n", raw) if "\r" in raw else raw).strip()
    if not text:
        raise Wrong(N_("This is empty. Write something, or leave the field out."))
    if len(text) > most:
        raise Wrong(
            N_("This has %(length)s characters; at most %(most)s fit. Shorten it."),
            length=len(text),
            most=most,
        )
    if not text.isprintable() and _FORBIDDEN.search(text):
        raise Wrong(N_("This holds a control character or half a character. Remove what cannot be printed."))
    return text


@dataclass(frozen=True)
class Line(Kind):
    """One line of public text."""

    name: ClassVar[str] = "line"
    most: int = 300

    def load(self, raw: Json) -> str:
        text = _text(raw, self.most)
        if not text.isprintable() and _BREAKS.search(text):
            raise Wrong(N_("Write this on one line, without tabs."))
        return text


class Title(Line):
    """One line that names a thing and might name a person: erasable."""

    name = "title"
    private = True


class Personal(Line):
    """One line about a person: erasable."""

    name = "personal"
    private = True


class Account(Personal):
    """Who was signed in: kept to answer for the entry, never shown."""

    name = "account"

    @property
    def first_state(self) -> State:
        return "withheld"


@dataclass(frozen=True)
class Prose(Kind):
    """Paragraphs of free text: erasable, since free text can always hold personal data."""

    name: ClassVar[str] = "prose"
    private: ClassVar[bool] = True
    most: int = 20_000
    embargoed: bool = False

    @property
    def first_state(self) -> State:
        return "embargoed" if self.embargoed else "disclosed"

    def load(self, raw: Json) -> str:
        return _text(raw, self.most)


@dataclass(frozen=True)
class Pattern(Line):
    """A line in a fixed form."""

    pattern: str = ""
    advice: str = ""
    label: str = ""

    def load(self, raw: Json) -> str:
        text = super().load(raw)
        if self._form.fullmatch(text) is None:
            raise Wrong(self.advice)
        return text

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)


def pattern_kind(name: str, pattern: str, advice: str, most: int = 300) -> Kind:
    """Return a kind of line called `name` that matches `pattern`; `advice` says what to write."""
    return type(name, (Pattern,), {"name": name})(most=most, pattern=pattern, advice=advice)  # type: ignore[no-any-return]


REFERENCE: Final = pattern_kind(
    "reference",
    r"[a-z0-9][a-z0-9-]{0,62}",
    N_("Use small letters, digits and hyphens, 63 at most, beginning with a letter or a digit."),
)
OPEN_CODE: Final = pattern_kind(
    "open-code",
    r"[a-z0-9][a-z0-9_-]{0,62}",
    N_("Use small letters, digits, hyphens and underscores, 63 at most."),
)
PRISON: Final = pattern_kind(
    "prison", r"[A-Z]{3}", N_("Use the prison's code of three capital letters, such as LEI for Leeds.")
)
SHA256: Final = pattern_kind("sha256", r"[0-9a-f]{64}", N_("Give the SHA-256 digest as 64 small hexadecimal digits."))
MEDIA_TYPE: Final = pattern_kind(
    "media-type", r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}", N_("Give the media type, such as application/pdf.")
)
WEB_ADDRESS: Final = pattern_kind(
    "web-address",
    r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[!#-;=?-_a-z~]*)?",
    N_("Give a full web address that begins with https:// or http:// and holds no spaces."),
    most=2_000,
)
LOCAL_TIME: Final = pattern_kind("local-time", r"([01][0-9]|2[0-3]):[0-5][0-9]", N_("Give the time as 17:00."))
LOG_KEY: Final = pattern_kind(
    "log-key",
    r"[^+ \n]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{20,4000}",
    N_("Give the key as name+hash+key."),
    most=4_300,
)

_ENTITY_ID: Final = Pattern(
    most=100,
    pattern=r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}",
    advice=N_("Use letters, digits, dots, slashes, hyphens and underscores, 100 at most."),
)


@dataclass(frozen=True)
class Entity(Kind):
    """The id of a thing inside a stream (a lot, a question, a promise …).

    `role`: `opens` gives a new id, `refers` needs one that is on record, `names` may do either.
    """

    name: ClassVar[str] = "id"
    entity: str = ""
    role: Literal["opens", "refers", "names"] = "refers"

    def load(self, raw: Json) -> str:
        return _ENTITY_ID.load(raw)

    def say(self, value: str, voice: Voice) -> str:  # noqa: ARG002 - an id is the same in every language
        # An id that the ledger gave, such as question-14, stands in sentences that say “question” themselves.
        number = value.removeprefix(f"{self.entity}-")
        return number if number.isdecimal() else value


# --- yes and no, numbers --------------------------------------------------------------------------------------------


class YesNo(Kind):
    """Yes, no, or not stated; never guessed."""

    name = "yes-no"

    def load(self, raw: Json) -> bool:
        if not isinstance(raw, bool):
            raise Wrong(N_("Answer yes (true), no (false) or not stated (null)."))
        return raw

    def say(self, value: bool, voice: Voice) -> str:  # noqa: FBT001 - the value is the subject
        return voice.words(N_("yes") if value else N_("no"))


@dataclass(frozen=True)
class Count(Kind):
    """A whole number from `least` to `most`."""

    name: ClassVar[str] = "count"
    least: int = 0
    most: int = 10**12

    def load(self, raw: Json) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise Wrong(N_("Give a whole number."))
        if not self.least <= raw <= self.most:
            raise Wrong(N_("Give a whole number from %(least)s to %(most)s."), least=self.least, most=self.most)
        return raw

    def say(self, value: int, voice: Voice) -> str:
        return voice.number(value)


class EntryIndex(Count):
    """The number of another entry."""

    name = "entry"

    def say(self, value: int, voice: Voice) -> str:
        return voice.words(N_("entry %(number)s"), number=value)


_NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True)
class Number(Kind):
    """A decimal number of zero or more, written as text so that it is never rounded."""

    name: ClassVar[str] = "number"
    most: int = 10**15

    def load(self, raw: Json) -> str:
        whole = isinstance(raw, int) and not isinstance(raw, bool)
        # A number of thousands of digits cannot even be written out.
        text = str(raw) if whole and 0 <= raw <= self.most else raw
        if not isinstance(text, str) or _NUMBER.fullmatch(text) is None or Decimal(text) > self.most:
            raise Wrong(
                N_('Give a number from 0 to %(most)s as text, such as "12.5", without signs or commas.'),
                most=self.most,
            )
        return text

    def say(self, value: str, voice: Voice) -> str:
        return voice.number(Decimal(value))


class Percent(Number):
    """A share in per cent, from 0 to 100."""

    name = "percent"

    def say(self, value: str, voice: Voice) -> str:
        return voice.words(N_("%(number)s per cent"), number=voice.number(Decimal(value)))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, exact, with its ISO 4217 currency."""

    amount: str
    currency: str

    @property
    def value(self) -> Decimal:
        """The amount as a number to compare or divide."""
        return Decimal(self.amount)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


class MoneyKind(Kind):
    """An amount of money: {"amount": "1070000.00", "currency": "GBP"}."""

    name = "money"

    def load(self, raw: Json) -> Money:
        if not isinstance(raw, Mapping) or set(raw) != {"amount", "currency"}:
            raise Wrong(N_("Give an amount and a currency, and nothing else."))
        amount, currency = raw["amount"], raw["currency"]
        if not isinstance(amount, str) or _NUMBER.fullmatch(amount) is None:
            raise Wrong(N_('Give the amount as text of zero or more, such as "1070000.00", without signs or commas.'))
        if not isinstance(currency, str) or currency not in _currencies():
            raise Wrong(N_("Give the currency by its three letters, such as GBP."))
        return Money(amount, currency)

    def dump(self, value: Money, hide: Hide, path: str) -> Json:  # noqa: ARG002 - money is public
        return {"amount": value.amount, "currency": value.currency}

    def read(self, stored: Json) -> Money:
        return Money(stored["amount"], stored["currency"])

    def say(self, value: Money, voice: Voice) -> str:
        return voice.money(value.value, value.currency)


# --- time -----------------------------------------------------------------------------------------------------------


class When(Kind):
    """A time as exact as it is known: a year, a month, a day, an instant or an interval of these."""

    name = "occurrence"

    def load(self, raw: Json) -> Occurrence:
        return _parsed(_text(raw, 80))

    def dump(self, value: Occurrence, hide: Hide, path: str) -> Json:  # noqa: ARG002 - times are public
        return value.text

    def read(self, stored: Json) -> Occurrence:
        return _occurrence(stored)

    def say(self, value: Occurrence, voice: Voice) -> str:
        return voice.occurrence(value)


_parsed: Final = lru_cache(maxsize=4_096)(Occurrence.parse)
"""What is recorded in one go shares its dates."""

_occurrence: Final = lru_cache(maxsize=65_536)(Occurrence)
"""Entries of one process share their dates, and making one anew costs as much as all its other reading."""


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Day(Kind):
    """A date in the calendar of Europe/London."""

    name = "day"

    def load(self, raw: Json) -> date:
        text = _text(raw, 80)
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or day.year not in YEARS:
            raise Wrong(N_("“%(text)s” is not a day in the calendar. Write it as 2017-10-05."), text=text)
        return day

    def dump(self, value: date, hide: Hide, path: str) -> Json:  # noqa: ARG002 - dates are public
        return value.isoformat()

    def read(self, stored: Json) -> date:
        return date.fromisoformat(stored)

    def say(self, value: date, voice: Voice) -> str:
        return voice.day(value)


class Instant(Kind):
    """A moment with its zone, kept in UTC."""

    name = "instant"

    def load(self, raw: Json) -> datetime:
        occurrence = _parsed(_text(raw, 80))
        if "T" not in occurrence.text or "/" in occurrence.text:
            raise Wrong(N_("Give a day and a time with its zone, such as 2017-10-05T14:30:00Z."))
        return occurrence.start

    def dump(self, value: datetime, hide: Hide, path: str) -> Json:  # noqa: ARG002 - times are public
        return value.isoformat().replace("+00:00", "Z")

    def read(self, stored: Json) -> datetime:
        return datetime.fromisoformat(stored)

    def say(self, value: datetime, voice: Voice) -> str:
        return voice.instant(value)


# --- codes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes and their translatable labels."""

    name: str
    labels: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Code(Kind):
    """One code of a closed list."""

    name: ClassVar[str] = "code"
    codes: CodeList

    def load(self, raw: Json) -> str:
        if not isinstance(raw, str) or raw not in self.codes.labels:
            raise Wrong(N_("Choose one of: %(codes)s."), codes=", ".join(self.codes.labels))
        return raw

    def say(self, value: str, voice: Voice) -> str:
        return voice.words(self.codes.labels[value])


# --- composites -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Many(Kind):
    """A list of values of one kind."""

    name: ClassVar[str] = "list"
    item: Kind
    least: int = 0
    most: int = 500

    def load(self, raw: Json) -> tuple[Any, ...]:
        items = self.bounded(raw)
        return tuple(self.item.load(item) for item in items)

    def bounded(self, raw: Json) -> list[Any]:
        """Return `raw` as a list of a permitted length, or raise `Wrong`."""
        if not isinstance(raw, list | tuple):
            raise Wrong(N_("Give a list."))
        if not self.least <= len(raw) <= self.most:
            raise Wrong(N_("Give from %(least)s to %(most)s items."), least=self.least, most=self.most)
        return list(raw)

    def dump(self, value: tuple[Any, ...], hide: Hide, path: str) -> Json:
        if self.item.private:
            return [{"...": hide(path, place, item, self.item.first_state)} for place, item in enumerate(value)]
        if type(self.item).dump is Kind.dump:
            return list(value)
        return [self.item.dump(item, hide, f"{path}.{place}") for place, item in enumerate(value)]

    def read(self, stored: Json) -> tuple[Any, ...]:
        if not stored:
            return ()
        if self.item.private:
            return tuple([NOT_HELD if type(item) is dict else item for item in stored])
        if type(self.item).read is Kind.read:
            return tuple(stored)
        read = self.item.read
        return tuple([item if type(item) is Undisclosed else read(item) for item in stored])

    def say(self, value: tuple[Any, ...], voice: Voice) -> str:
        said = [say(self.item, item, voice) for item in value]
        # Sentences joined by "and" read as one; groups of fields are said in sentences.
        return "; ".join(said) if said and self.item.name == "group" else voice.items(said)
