"""A sentence that is yet to be said: what is computed here is shown elsewhere, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledger.kinds import Money
from ledger.voice import Voice
from ledger.when import Occurrence
from ledger.words import Term


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translatable sentence: a template with `%(name)s` slots, and what fills them.

    A parameter may be a date, an `Occurrence`, a `Money`, a number, a text, a `Term` or a `Sentence`; whoever shows it
    says it in the reader's language.
    """

    template: str
    parameters: Mapping[str, object]


def sentence(template: str, /, **parameters: object) -> Sentence:
    """Return a sentence. Mark the template with `N_`."""
    return Sentence(template, parameters)


def say_sentence(said: Sentence, voice: Voice) -> str:
    """Say a sentence in a language, each of its parameters as that language says such values."""
    return voice.words(said.template, **{name: _say(value, voice) for name, value in said.parameters.items()})


def _say(value: object, voice: Voice) -> str:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case Sentence():
            return say_sentence(value, voice)
        case Term():
            return voice.words(value.label)
        case bool() | str():
            return str(value)
        case int() | Decimal():
            return voice.number(value)
        case Money():
            return voice.money(value.value, value.currency)
        case Occurrence():
            return voice.occurrence(value)
        case datetime():
            return voice.instant(value)
        case date():
            return voice.day(value)
        case tuple() | list():
            return voice.items([_say(each, voice) for each in value])
        case _:
            raise TypeError(f"A sentence cannot say a {type(value).__name__}.")
