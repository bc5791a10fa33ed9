"""What the data of official releases shows: time to bid, values put right, and changes without a reason."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template

from projections import imports, present, streams
from projections.measures.thresholds import DEFAULT
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.state import record

LISTED: Final = 50


@public.get("/imports")
def imports_shown() -> Response:
    """Show what the processes come to of which official releases were taken in. Each number leads to its entries."""
    said = voice()
    with record() as connection:
        found = imports.shown(connection, LISTED)
        named = [
            *(each[0] for each in found.bids),
            *(each[0] for each in found.stood),
            *(each[0] for each in found.without),
        ]
        titles = streams.titles(connection, named, said)
    return page(
        render_template(
            "imports.html",
            found=found,
            titles=titles,
            months=DEFAULT.bid_window_months,
            days=lambda count: present.days(count, said),
            day=said.day,
            listed=LISTED,
        )
    )
