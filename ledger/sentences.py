"""A sentence that is yet to be said: what is computed here is shown elsewhere, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translatable sentence: a template with `%(name)s` slots, and what fills them.

    A parameter may be a date, an `Occurrence`, a `Money`, a number, a text, or a `Sentence`; whoever shows it says it
    in the reader's language.
    """

    template: str
    parameters: Mapping[str, object]


def sentence(template: str, /, **parameters: object) -> Sentence:
    """Return a sentence. Mark the template with `N_`."""
    return Sentence(template, parameters)
