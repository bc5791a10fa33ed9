"""Pages that explain: what this is, how it is checked and measured, and what it does with people's data."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, render_template

from ledger.rotations import follow
from projections.asked import ASKED
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import RESULTS
from projections.measures.rollups import PRINCIPLES
from projections.measures.thresholds import DEFAULT, shown
from web.answers import page
from web.people.sessions import IDLE, LONGEST
from web.public.blueprint import public
from web.public.proof import published_handovers, published_key
from web.state import state


@public.get("/about")
def about() -> Response:
    """Say what this is, for whom, and by which rules."""
    return page(render_template("about.html"))


@public.get("/how-to-verify")
def how_to_verify() -> Response:
    """Say what can be checked, and how, in three ways."""
    key = published_key(state().public_dir)
    rotations = () if key is None else follow(key, published_handovers(state().public_dir)).rotations
    return page(
        render_template(
            "how_to_verify.html",
            changes=[(each.entry, each.old.to_vkey()) for each in rotations],
            vkey=None if key is None else key.to_vkey(),
            origin=state().site.origin,
            base_url=state().site.base_url,
        )
    )


@public.get("/measures")
def measures() -> Response:
    """Say how each recommendation is measured, and by which numbers."""
    principles = [
        (title, [(number, ASKED[number], RECOMMENDATIONS[number].version) for number in numbers])
        for title, numbers in PRINCIPLES.values()
    ]
    return page(
        render_template("measures.html", principles=principles, results=RESULTS.labels, thresholds=shown(DEFAULT))
    )


@public.get("/accessibility")
def accessibility() -> Response:
    """Say how far everybody can use this, and what to do where somebody cannot."""
    return page(render_template("accessibility.html"))


@public.get("/privacy")
def privacy() -> Response:
    """Say what is personal here, what can be erased, and how."""
    return page(render_template("privacy.html"))


@public.get("/cookies")
def cookies() -> Response:
    """Say which cookie there is, and what it is for."""
    return page(
        render_template(
            "cookies.html",
            name=current_app.config["SESSION_COOKIE_NAME"],
            idle=IDLE // timedelta(minutes=1),
            longest=LONGEST // timedelta(hours=1),
        )
    )
