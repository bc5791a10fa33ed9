"""Items by their names: entries, imports in one summary, findings that turned, and what is overdue, each in full.

What cannot be said does not hide the rest: an item that fails is shown as one that cannot be shown, and logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
import structlog
from sqlalchemy import Connection, and_, func, or_, select

from ledger.actions import KINDS
from ledger.codes import STANDINGS
from ledger.obligations import KINDS as OWED
from ledger.sentences import Sentence, say_sentence
from ledger.streams import Stream
from ledger.vocabulary import shorten
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from projections import documents, entries, present, streams
from projections.documents import Category, Item, Related, Site
from projections.entries import EntryView
from projections.entries import table as entry_table
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import RESULTS
from projections.publications.membership import run_table
from projections.statistics.rows import owed_table
from projections.turns import instant, micros, turn_table

SHOWN: Final = 50
"""Headlines in the summary of an import."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Writer:
    """What items are written with."""

    connection: Connection
    site: Site
    voice: Voice

    def write(self, names: Iterable[str]) -> dict[str, Item]:
        """Return items by their names. What is no longer on record is left out."""
        wanted = list(dict.fromkeys(names))
        found = self._entries([int(name[6:]) for name in wanted if name.startswith("entry/")])
        for name in wanted:
            makes = _MAKERS.get(name.partition("/")[0])
            item = None if makes is None else makes(self, name)
            if item is not None:
                found[name] = item
        return found

    # --- entries ------------------------------------------------------------------------------------------------------

    def _entries(self, indexes: Sequence[int]) -> dict[str, Item]:
        views = entries.several(self.connection, indexes)
        originals = entries.several(
            self.connection, [each.entry.corrects for each in views.values() if each.entry.corrects is not None]
        )
        named = self._titles(view.entry.stream for view in views.values())
        turned = self._turned(list(views))
        return {
            f"entry/{index}": self._entry(view, originals, turned.get(index, []), named)
            for index, view in views.items()
        }

    def _entry(
        self, view: EntryView, originals: dict[int, EntryView], turned: list[str], named: dict[Stream, str]
    ) -> Item:
        index = view.entry.index
        original = None if view.entry.corrects is None else originals.get(view.entry.corrects)
        try:
            return documents.entry_item(view, original, turned, named, self.site, self.voice)
        except Exception:  # noqa: BLE001 - whatever is wrong with one entry, the others are shown
            _log.exception("an entry cannot be said in feeds", entry=index)
            said = self.voice.words(
                N_("Entry %(number)s cannot be shown here. Its page and its proof are not affected."), number=index
            )
            return Item(
                id=self.site.tag(f"entry/{index}"),
                title=said,
                link=self.site.url(f"/entries/{index}"),
                published=view.entry.recorded,
                updated=view.updated,
                author=self.voice.words(N_("This ledger")),
                summary=said,
                html=f"<p>{said}</p>",
                categories=(),
                related=(),
            )

    def _titles(self, wanted: Iterable[Stream]) -> dict[Stream, str]:
        return streams.titles(self.connection, sorted(set(wanted)), self.voice)

    def _turned(self, indexes: Sequence[int]) -> dict[int, list[str]]:
        """Say what entries changed in findings, a line for each, by the entry."""
        rows = turn_table.c
        query = select(turn_table).where(rows.cause.in_(indexes), rows.before.is_not(None))
        found: dict[int, list[str]] = {}
        for row in self.connection.execute(query.order_by(rows.stream, rows.number)):
            found.setdefault(row.cause, []).append(self._turn_line(row))
        return found

    # --- imports ------------------------------------------------------------------------------------------------------

    def summary(self, name: str) -> Item | None:
        """Return an import in one summary; None where there was none."""
        run = self.connection.execute(select(run_table).where(run_table.c.first == int(name[7:]))).first()
        if run is None:
            return None
        rows, voice = entry_table.c, self.voice
        mine = and_(rows.position >= run.first, rows.position <= run.last, rows.standing == run.standing)
        kinds = self.connection.execute(select(rows.action, func.count()).where(mine).group_by(rows.action)).all()
        about = self.connection.scalar(select(func.count(func.distinct(rows.stream))).where(mine)) or 0
        newest = self.connection.scalars(
            select(rows.position).where(mine).order_by(rows.position.desc()).limit(SHOWN)
        ).all()
        views = entries.several(self.connection, newest)
        if not views:
            return None
        last = views[max(views)]
        standing = voice.words(STANDINGS.labels[run.standing])
        title = voice.words(
            N_("%(standing)s: entries %(first)s to %(last)s (entries: %(entries)s; processes and groups: %(streams)s)"),
            standing=standing,
            first=voice.number(run.first),
            last=voice.number(run.last),
            entries=voice.number(run.entries),
            streams=voice.number(about),
        )
        named = self._titles(view.entry.stream for view in views.values())
        link = self.site.url(f"/?before={run.last + 1}")
        html = self._html(
            "import.html",
            title=title,
            kinds=[
                voice.words(
                    N_("%(kind)s: %(count)s"),
                    kind=voice.words(KINDS[kind].declaration.title),
                    count=voice.number(count),
                )
                for kind, count in sorted(kinds, key=lambda each: list(KINDS).index(each[0]))
            ],
            rows=[
                (
                    self.site.url(f"/entries/{index}"),
                    voice.words(
                        N_("%(process)s: %(sentence)s"),
                        process=named[views[index].entry.stream],
                        sentence=present.headline(views[index], voice),
                    ),
                )
                for index in sorted(views)
            ],
            words={
                "kinds": voice.words(N_("What was taken in, by kind")),
                "newest": voice.words(N_("The newest entries of it")),
                "when": voice.words(
                    N_("Recorded from %(first)s to %(last)s"),
                    first=voice.instant(self._recorded(run.first)),
                    last=voice.instant(instant(run.recorded)),
                ),
            },
        )
        return Item(
            id=self.site.tag(name),
            title=title,
            link=link,
            published=self._recorded(run.first),
            updated=instant(run.recorded),
            author=documents.entry_author(last, voice),
            summary=title,
            html=html,
            categories=(Category(self.site.tag("standing"), run.standing, standing),),
            related=(),
        )

    def _recorded(self, index: int) -> datetime:
        return instant(
            self.connection.scalar(select(entry_table.c.recorded).where(entry_table.c.position == index)) or 0
        )

    # --- findings -----------------------------------------------------------------------------------------------------

    def turn(self, name: str) -> Item | None:
        """Return a finding that turned; None where it no longer did, as after a removal."""
        _, kind, reference, number, why = name.split("/")
        rows, stream = turn_table.c, Stream.parse(f"{kind}/{reference}")
        cause = rows.cause == int(why[1:]) if why[0] == "c" else and_(rows.cause.is_(None), rows.at == int(why[1:]))
        query = select(turn_table).where(rows.stream == str(stream), rows.recommendation == int(number), cause)
        row = self.connection.execute(query.where(rows.before.is_not(None)).order_by(rows.number.desc())).first()
        if row is None:
            return None
        voice = self.voice
        line, at = self._turn_line(row), instant(row.at)
        by = None if row.cause is None else entries.one(self.connection, row.cause)
        facts = [
            (voice.words(N_("Now")), self._word(row.after, row.after_reported, row.after_disputed)),
            (voice.words(N_("Before")), self._word(row.before, row.before_reported, row.before_disputed)),
            (voice.words(N_("Since")), voice.instant(at)),
            (
                voice.words(N_("What turned it")),
                voice.words(N_("The passing of time")) if by is None else present.headline(by, voice),
            ),
        ]
        related = [self._related(f"/recommendations/{number}", N_("The recommendation, and how it is measured"))]
        if row.cause is not None:
            related.append(self._related(f"/entries/{row.cause}", N_("The entry that turned it")))
        bearing = Category(
            self.site.tag("recommendation"), number, voice.words(N_("Recommendation %(number)s"), number=number)
        )
        result = Category(self.site.tag("result"), row.after, voice.words(RESULTS.labels[row.after]))
        return self._fact(name, stream, line, (at, at), facts, related, (result, self._about(stream), bearing))

    def _turn_line(self, row: Any) -> str:
        return self.voice.words(
            N_("Recommendation %(number)s, %(title)s: now “%(after)s”, before “%(before)s”"),
            number=row.recommendation,
            title=self.voice.words(RECOMMENDATIONS[row.recommendation].title),
            after=self._word(row.after, row.after_reported, row.after_disputed),
            before=self._word(row.before, row.before_reported, row.before_disputed),
        )

    def _word(self, result: str, reported: int, disputed: int) -> str:
        word = self.voice.words(RESULTS.labels[result])
        if reported:
            word = self.voice.words(N_("%(result)s, as reported by others"), result=word)
        return self.voice.words(N_("%(result)s (disputed)"), result=word) if disputed else word

    # --- what is overdue ----------------------------------------------------------------------------------------------

    def overdue(self, name: str) -> Item | None:
        """Return what became overdue; None where it was never due then, as after a correction."""
        _, index, due = name.split("/")
        rows = owed_table.c
        query = select(owed_table).where(rows.id == int(index), rows.due == int(due), rows.own == 1)
        row = self.connection.execute(query.order_by(rows.stream, rows.place)).first()
        if row is None:
            return None
        voice, since = self.voice, instant(row.due)
        template, parameters = orjson.loads(row.title)
        what = shorten(say_sentence(Sentence(template, parameters), voice), 300)
        day = voice.day(_last_day(since))
        line = voice.words(N_("Overdue, it was due on %(when)s: %(what)s"), when=day, what=what)
        facts = [
            (voice.words(N_("What is owed")), what),
            (voice.words(N_("Kind")), voice.words(OWED.labels[row.kind])),
            (voice.words(N_("Owed by")), row.owed_by or voice.words(N_("not stated"))),
            (voice.words(N_("Last day on which it was in time")), day),
        ]
        related = [self._related(f"/entries/{row.id}", N_("The entry that it was promised or asked in"))]
        updated = since
        if row.ended_by is not None:
            ended = self._recorded(row.ended_by)
            updated = max(since, ended)
            facts.append((voice.words(N_("Ended later, recorded on")), voice.instant(ended)))
            related.append(self._related(f"/entries/{row.ended_by}", N_("The entry that ended it")))
        kind = Category(self.site.tag("owed"), row.kind, voice.words(OWED.labels[row.kind]))
        stream = Stream.parse(row.stream)
        return self._fact(name, stream, line, (since, updated), facts, related, (kind, self._about(stream)))

    # --- what both of these are: a fact about a stream, beside its entries --------------------------------------------

    def _fact(
        self,
        name: str,
        stream: Stream,
        line: str,
        when: tuple[datetime, datetime],
        facts: Sequence[tuple[str, str]],
        related: Sequence[Related],
        categories: tuple[Category, ...],
    ) -> Item:
        """Return an item that says one line of a stream, with facts (label, value); `when`: published, updated."""
        voice, link = self.voice, self.site.url(present.path_of(stream))
        page = voice.words(N_("The process on its page"))
        named = self._titles([stream])[stream]
        return Item(
            id=self.site.tag(tag_path(name)),
            title=voice.words(N_("%(process)s: %(sentence)s"), process=named, sentence=line),
            link=link,
            published=when[0],
            updated=when[1],
            author=voice.words(N_("This ledger")),
            summary=line,
            html=self._html("fact.html", title=line, facts=facts, link=link, page=page, related=related),
            categories=categories,
            related=tuple(related),
        )

    def _related(self, path: str, words: str) -> Related:
        return Related(self.site.url(path), self.voice.words(words))

    def _about(self, stream: Stream) -> Category:
        return Category(self.site.tag("stream"), str(stream), str(stream))

    def _html(self, template: str, **context: Any) -> str:
        return documents.environment().get_template(template).render(**context)


_MAKERS: Final = {"import": Writer.summary, "finding": Writer.turn, "overdue": Writer.overdue}


def tag_path(name: str) -> str:
    """Return what an item's permanent id says of it, from its name.

    Of what is overdue: what opened it and its last day. Of a finding: process, recommendation, and what caused it.
    """
    about, *rest = name.split("/")
    match about:
        case "finding":
            _, reference, number, why = rest
            cause = why[1:] if why[0] == "c" else f"{instant(int(why[1:])):%Y%m%dT%H%M%SZ}"
            return f"finding/{reference}/{number}/{cause}"
        case "overdue":
            return f"overdue/{rest[0]}/{_last_day(instant(int(rest[1]))).isoformat()}"
        case _:
            return name


def _last_day(until: datetime) -> date:
    return (until - timedelta(microseconds=1)).astimezone(LONDON).date()


def turn_name(row: Any) -> str:
    """Return the name of a turn of a finding as an item: its process, its recommendation, and what caused it."""
    why = f"t{row.at}" if row.cause is None else f"c{row.cause}"
    return f"finding/{row.stream}/{row.recommendation}/{why}"


def overdue_name(row: Any) -> str:
    """Return the name of something overdue as an item: what opened it, and when it was due."""
    return f"overdue/{row.id}/{row.due}"


# --- what turned, what became overdue ---------------------------------------------------------------------------------


def turns_by(connection: Connection, first: int, last: int) -> list[Any]:
    """Return the turns that the entries of a range caused."""
    return _turns(connection, and_(turn_table.c.cause >= first, turn_table.c.cause <= last))


def turns_of(connection: Connection, stream: str) -> list[Any]:
    """Return all turns of a process."""
    return _turns(connection, turn_table.c.stream == stream)


def turns_in(connection: Connection, after: datetime | None, until: datetime) -> list[Any]:
    """Return the turns that the passing of time caused, after one instant and up to another (UTC)."""
    rows = turn_table.c
    return _turns(connection, and_(rows.cause.is_(None), _between(rows.at, after, until)))


def _turns(connection: Connection, where: Any) -> list[Any]:
    rows = turn_table.c
    query = select(turn_table).where(rows.before.is_not(None), where).order_by(rows.at, rows.stream, rows.number)
    return list(connection.execute(query).all())


def overdue(connection: Connection, of: Sequence[str], after: datetime | None, until: datetime) -> list[Any]:
    """Return what is overdue by an instant (UTC) in streams, and what fell due in all of them after another."""
    rows = owed_table.c
    due = or_(and_(rows.stream.in_(of), rows.due <= micros(until)), _between(rows.due, after, until))
    query = select(owed_table).where(rows.state == "overdue", rows.own == 1, due).order_by(rows.due, rows.id)
    return list(connection.execute(query).all())


def _between(column: Any, after: datetime | None, until: datetime) -> Any:
    newer = column <= micros(until)
    return newer if after is None else and_(column > micros(after), newer)
