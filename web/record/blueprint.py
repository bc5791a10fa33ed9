"""The blueprint of recording. Whoever may record some kind of entry may open it; which kinds is asked again later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Blueprint, url_for

from ledger.process import Recorded
from web.people.access import can_sign_in, open_to
from web.people.roles import INFORMATION_OFFICER, OVERSEER, PROVIDER, RECORDER
from web.record.controls import Option
from web.record.steps import Step, steps

record: Final = open_to(RECORDER, PROVIDER, OVERSEER, INFORMATION_OFFICER)(
    Blueprint("record", __name__, url_prefix="/record")
)
"""Every page for recording, for the application to put on."""


@record.app_template_global()
def option_items(options: Iterable[Option]) -> list[dict[str, str]]:
    """Return options in the shape that the components of the Design System take."""
    return [{"value": each.value, "text": each.text} for each in options]


@record.app_template_global()
def step_address(step: Step) -> str:
    """Return the address of the form with which a step begins."""
    return url_for("record.new", kind=step.kind, **step.begins)  # type: ignore[arg-type]


@record.app_template_global()
def next_steps(entry: Recorded) -> list[Step]:
    """Return what can be recorded about an entry; nothing where nobody can sign in to do it."""
    return steps(entry) if can_sign_in() else []
