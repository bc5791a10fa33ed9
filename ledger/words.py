"""Marks the texts of this package for translation; the web layer translates them when it shows them."""

from __future__ import annotations

from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Return `text` unchanged; its presence puts the text into the message catalogue."""
    return text


@dataclass(frozen=True, slots=True)
class Term:
    """A label of ours that fills a slot, such as a code's: unlike a text on record, it translates."""

    label: str

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Terms:
    """Several labels of ours that fill one slot."""

    labels: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.labels)
