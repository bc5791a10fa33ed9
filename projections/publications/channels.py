"""The fixed feeds, declared once: what each is about, its one address, its title, and the page it belongs to.

everything, import by import, corrections, what is overdue, findings that turned;
one process, group, organisation, kind of entry, recommendation, service area or prison
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import Connection

from ledger.actions import KINDS
from ledger.errors import Wrong
from ledger.kinds import OPEN_CODE, PRISON, REFERENCE, Kind
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections import organisations, present, streams
from projections.measures.catalogue import RECOMMENDATIONS

MOST_FILTERS: Final = 20
_LONGEST_NAME: Final = 200

KIND_NAMES: Final[Mapping[str, str]] = {
    name.rpartition(".v")[0]: kind.declaration.title for name, kind in KINDS.items()
}
"""Kind of entry without its version -> its title: who follows a kind follows all its versions."""


@dataclass(frozen=True, slots=True, order=True)
class Channel:
    """One fixed feed: what it is about and, where there are many of that, which."""

    about: str
    key: str = ""

    @property
    def name(self) -> str:
        """Its place below `/feeds/`, without the ending."""
        return f"{self.about}/{self.key}" if self.key else self.about

    @property
    def path(self) -> str:
        """Its path on the site, without the ending."""
        return f"/feeds/{self.name}"


ALL: Final = Channel("all")
CHANGES: Final = Channel("changes")
CORRECTIONS: Final = Channel("corrections")
OVERDUE: Final = Channel("overdue")
FINDINGS: Final = Channel("findings")

WHOLE: Final[Mapping[str, str]] = {
    "all": N_("Candour: everything recorded"),
    "changes": N_("Candour: what has changed, each import in one summary"),
    "corrections": N_("Candour: corrections and removals"),
    "overdue": N_("Candour: promises and answers that are overdue"),
    "findings": N_("Candour: findings that turned"),
}
"""The feeds of which there is one each -> title."""


def _kind(key: str) -> str | None:
    name = re.sub(r"\.v[0-9]{1,3}$", "", key.lower())
    return name if name in KIND_NAMES else None


def _number(key: str) -> str | None:
    return key if re.fullmatch(r"[1-9][0-9]?", key, re.ASCII) and int(key) in RECOMMENDATIONS else None


def _slug(key: str) -> str | None:
    return key.lower() if organisations.SLUG.fullmatch(key.lower()) else None


def _by(kind: Kind, fold: Callable[[str], str]) -> Callable[[str], str | None]:
    def find(key: str) -> str | None:
        try:
            return str(kind.load(fold(key)))
        except Wrong:
            return None

    return find


KEYED: Final[Mapping[str, Callable[[str], str | None]]] = {
    "process": _by(REFERENCE, str.lower),
    "group": _by(REFERENCE, str.lower),
    "organisation": _slug,
    "action": _kind,
    "recommendation": _number,
    "area": _by(OPEN_CODE, str.lower),
    "prison": _by(PRISON, str.upper),
}
"""What there are many feeds of -> what gives a key its one spelling, None where it cannot be one."""


def channel(name: str) -> Channel | None:
    """Return the fixed feed of that name, however its letters are written; None where there can be none."""
    about, _, key = name[:_LONGEST_NAME].partition("/")
    about = about.lower()
    if about in WHOLE:
        return None if key else Channel(about)
    found = KEYED[about](key) if about in KEYED else None
    return None if found is None else Channel(about, found)


def always() -> Iterator[Channel]:
    """Yield the feeds that exist before anything is recorded for them."""
    yield from (Channel(about) for about in WHOLE)
    yield from (Channel("action", name) for name in KIND_NAMES)
    yield from (Channel("recommendation", str(number)) for number in RECOMMENDATIONS)


ALWAYS: Final = frozenset(always())


def stream_of(about: Channel) -> Stream | None:
    """Return the stream that a feed is about, where it is about one."""
    return Stream(about.about, about.key) if about.about in {"process", "group"} else None  # type: ignore[arg-type]


def title(connection: Connection, about: Channel, voice: Voice) -> str:
    """Say what a feed is about. A process is called by its title of today."""
    if about.about in WHOLE:
        return voice.words(WHOLE[about.about])
    return voice.words(N_("Candour: %(what)s"), what=label(connection, about, voice))


def label(connection: Connection, about: Channel, voice: Voice) -> str:
    """Say which process, organisation, kind … a feed is about."""
    stream = stream_of(about)
    if stream is not None:
        return streams.titles(connection, [stream], voice)[stream]
    match about.about:
        case "organisation":
            found = organisations.one(connection, about.key)
            return about.key if found is None else found.name
        case "action":
            return voice.words(KIND_NAMES[about.key])
        case "recommendation":
            words = voice.words(RECOMMENDATIONS[int(about.key)].title)
            return voice.words(N_("recommendation %(number)s, %(title)s"), number=about.key, title=words)
        case "area":
            return voice.words(N_("service area %(code)s"), code=about.key)
        case _:
            return voice.words(N_("prison %(code)s"), code=about.key)


def page(about: Channel) -> str:
    """Return the path of the page that a feed belongs to."""
    stream = stream_of(about)
    if stream is not None:
        return present.path_of(stream)
    match about.about:
        case "organisation":
            return f"/organisations/{about.key}"
        case "recommendation":
            return f"/recommendations/{about.key}"
        case "findings" | "overdue":
            return "/dashboard"
        case _:
            return "/"


# --- any filters at once ----------------------------------------------------------------------------------------------

Filters = tuple[Channel, ...]
"""What a feed of one's own is filtered by, each once, in the one order: one filter of each kind must hold."""


def filters(given: list[tuple[str, str]]) -> Filters:
    """Return filters in their one order and spelling. Raises `Wrong`, naming the first that is none."""
    if not given:
        raise Wrong(
            N_("Say what to follow: one or more of %(names)s, such as ?process=family-services."), names=_names()
        )
    if len(given) > MOST_FILTERS:
        raise Wrong(N_("Give %(most)s filters at most."), most=MOST_FILTERS)
    return tuple(sorted({_filter(name, value) for name, value in given}, key=_order))


def _filter(name: str, value: str) -> Channel:
    about = name.lower()
    if about not in KEYED:
        raise Wrong(N_("There is no filter of that name. Use %(names)s."), names=_names())
    key = KEYED[about](value[:_LONGEST_NAME])
    if key is None:
        raise Wrong(N_("The value of the filter %(name)s is not one that it can have."), name=about)
    return Channel(about, key)


def _names() -> str:
    return ", ".join(KEYED)


def _order(each: Channel) -> tuple[int, str]:
    return list(KEYED).index(each.about), each.key


def query(chosen: Filters) -> str:
    """Return filters as the one query that an address of them has."""
    return urlencode([(each.about, each.key) for each in chosen])
