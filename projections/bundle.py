"""The evidence bundle of a process: everything that proves what is on record of it, in one file that verifies offline.

What a bundle holds and how it is checked is `ledger.offline`, which goes into each bundle as `verify.py`. The same
record, checkpoint and instant give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from sqlalchemy import Connection

from ledger import offline
from ledger import vocabulary as v
from ledger.clock import Calendar
from ledger.disclosure import load_slots, visible
from ledger.errors import NotFound, Refused
from ledger.files import read_file
from ledger.kinds import stated
from ledger.log import FOLDER, HANDOVERS, KEY, WITNESSES, Signed, prove, published_head
from ledger.rotations import MOST_BYTES
from ledger.streams import Stream
from ledger.tlog.note import MAX_NOTE, Ed25519Verifier
from ledger.tlog.policy import MAX_POLICY
from ledger.voice import Voice
from ledger.when import instant_text
from ledger.words import N_
from projections import entries, findings, present, streams
from projections.entries import EntryView
from projections.measures.finding import Finding

MOST_ENTRIES: Final = 5_000
"""The most entries of one bundle: some 20 MB."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the published log shows of itself."""

    head: Signed
    key: bytes
    witnesses: bytes | None
    handovers: bytes | None = None


def published(public_dir: Path) -> Published:
    """Return what is published now. Raises `NotFound` where nothing is, `Corrupt` where it contradicts itself."""
    folder = public_dir / FOLDER
    key = read_file(folder / KEY, MAX_NOTE)
    head = None if key is None else published_head(public_dir, Ed25519Verifier.from_vkey(key.decode().strip()))
    if key is None or head is None:
        raise NotFound(N_("Nothing is sealed and published yet, so there is nothing to prove. Run candour follow."))
    witnesses, handovers = read_file(folder / WITNESSES, MAX_POLICY), read_file(folder / HANDOVERS, MOST_BYTES)
    return Published(head, key, witnesses, handovers)


def make_bundle(
    connection: Connection, shown: Published, stream: Stream, at: datetime, calendar: Calendar, voice: Voice
) -> bytes:
    """Return the bundle of a process as a ZIP; its findings are those of the instant `at` (UTC, aware).

    Raises:
        NotFound: There is no such process, or nothing of it is sealed yet.
        Refused: It has more entries than a bundle can hold.
        Corrupt: The log contradicts itself.
    """
    size = shown.head.checkpoint.size
    story = [view for view in entries.story(connection, stream) if view.entry.index < size]
    if stream.kind != "process" or not any(view.entry.stream == stream for view in story):
        raise NotFound(N_("Nothing of a process %(name)s is sealed yet."), name=stream.reference)
    if len(story) > MOST_ENTRIES:
        raise Refused(
            N_(
                "A bundle holds at most %(most)s entries, and this process has %(count)s. Verify the whole log instead."
            ),
            most=MOST_ENTRIES,
            count=len(story),
        )
    found = findings.assess(connection, stream, at, calendar).findings
    views = _with_grounds(connection, story, found, size)
    files = dict(_files_of_entries(connection, shown.head, views))
    files |= {
        offline.CHECKPOINT: shown.head.note,
        offline.KEY: shown.key,
        offline.DOCUMENTS: offline.write_json({"documents": [each for view in views for each in _documents(view)]}),
        offline.FINDINGS: offline.write_json(_findings(stream, found, at, voice)),
        "story.html": _page(connection, stream, shown.head, views, found, at, voice),
        "README.txt": _readme(stream, shown, voice),
        "verify.py": Path(offline.__file__).read_bytes(),
    }
    if shown.witnesses is not None:
        files[offline.WITNESSES] = shown.witnesses
    if shown.handovers is not None:
        files[offline.HANDOVERS] = shown.handovers
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files[offline.MANIFEST] = offline.write_json({"format": offline.FORMAT, "files": digests})
    return offline.write_zip(files)


def _with_grounds(
    connection: Connection, story: Sequence[EntryView], found: Sequence[Finding], size: int
) -> list[EntryView]:
    """Return the entries with those of other streams that findings rest on, in the order of the log."""
    views = {view.entry.index: view for view in story}
    for index in sorted({index for finding in found for index in finding.evidence} - views.keys()):
        view = entries.one(connection, index)
        if view is not None and index < size:
            views[index] = view
    return [views[index] for index in sorted(views)]


def _files_of_entries(connection: Connection, head: Signed, views: Sequence[EntryView]) -> Iterator[tuple[str, bytes]]:
    for view in views:
        index = view.entry.index
        stored = entries.stored(connection, index)
        if stored is None:
            raise NotFound(N_("Entry %(number)s is not sealed yet."), number=index)
        state, slots = stored
        yield f"entries/{index}.entry", state
        yield f"proofs/{index}.tlog-proof", prove(connection, head, index)
        yield f"disclosures/{index}.json", offline.write_json(_disclosures(slots))


def _disclosures(stored: bytes | None) -> dict[str, Any]:
    shown, closed = visible(load_slots(stored))
    return {
        "disclosed": [slot.disclosure for slot in shown],
        "undisclosed": [{"digest": each.digest, "state": each.state} for each in closed],
    }


def _documents(view: EntryView) -> Iterator[dict[str, Any]]:
    """Yield every document that an entry names by its digest."""
    for struct in (view.entry.action, *view.entry.statement.sources):
        for each in _digested(struct):
            title, address = (stated(getattr(each, name, None)) for name in ("title", "address"))
            yield {
                "entry": view.entry.index,
                "sha256": stated(getattr(each, "sha256", None)),
                "title": title if isinstance(title, str) else None,
                "address": address if isinstance(address, str) else None,
            }


def _digested(value: object) -> Iterator[v.Struct]:
    if isinstance(value, tuple):
        for each in value:
            yield from _digested(each)
    elif isinstance(value, v.Struct):
        if isinstance(stated(getattr(value, "sha256", None)), str):
            yield value
        for field in v.fields_of(type(value)):
            yield from _digested(getattr(value, field.name))


def _findings(stream: Stream, found: Sequence[Finding], at: datetime, voice: Voice) -> dict[str, Any]:
    return {
        "process": stream.reference,
        "at": instant_text(at),
        "findings": [
            {
                "recommendation": each.recommendation,
                "title": findings.title(each.recommendation, voice),
                "result": each.result,
                "says": findings.result_word(each, voice),
                "why": list(findings.reasons(each, voice)),
                "evidence": list(each.evidence),
                "disputed_by": list(each.disputed_by),
            }
            for each in found
        ],
    }


def _page(
    connection: Connection,
    stream: Stream,
    head: Signed,
    views: Sequence[EntryView],
    found: Sequence[Finding],
    at: datetime,
    voice: Voice,
) -> bytes:
    title = streams.titles(connection, [stream], voice)[stream]
    told = [(findings.title(each.recommendation, voice), each, findings.result_word(each, voice)) for each in found]
    return (
        _template()
        .render(
            title=title,
            size=voice.number(head.checkpoint.size),
            origin=head.checkpoint.origin,
            made=voice.instant(at),
            language=voice.locale.replace("_", "-"),
            findings=[(name, word, findings.reasons(each, voice), each.evidence) for name, each, word in told],
            entries=[
                {
                    "index": view.entry.index,
                    "headline": present.headline(view, voice),
                    "tags": present.tags(view, voice),
                    "facts": (*present.facts(view, voice), *present.envelope(view, voice)),
                    "sources": present.sources(view, voice),
                }
                for view in views
            ],
            words={name: voice.words(text) for name, text in _WORDS.items()},
        )
        .encode()
    )


def _readme(stream: Stream, shown: Published, voice: Voice) -> bytes:
    values = {"process": stream.reference, "key": shown.key.decode().strip()}
    return "".join(f"{voice.words(text, **values)}\n\n" for text in _README).encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("projections"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("bundle.html")


_WORDS: Final = {
    "lead": N_("This page is part of an evidence bundle. It can be read without a network, and holds no script."),
    "how": N_("To check that every entry below is the one that was sealed, run: python3 verify.py"),
    "made": N_("Made"),
    "log": N_("Log"),
    "entries": N_("What is on record"),
    "sealed": N_("Entries sealed in the whole log"),
    "findings": N_("What the paper asks, and what is found"),
    "entry": N_("Entry"),
    "sources": N_("Sources"),
    "before": N_("before"),
    "result": N_("Finding"),
    "why": N_("Why"),
    "evidence": N_("Entries"),
    "asks": N_("What the paper asks"),
    "contents": N_("On this page"),
}

_README: Final = (
    N_("Evidence bundle of the commissioning process %(process)s."),
    N_("story.html is for reading. Everything else is for checking."),
    N_(
        "To check it you need Python 3.9 or newer, and nothing else, no network either. Unpack the bundle and run:\n"
        "    python3 verify.py --vkey '%(key)s'\n"
        "but get the key from somewhere else than this bundle: whoever makes up a bundle makes up a key for it as well."
    ),
    N_(
        "entries/ holds the exact bytes that were sealed; proofs/ shows for each of them that the log's signed "
        "checkpoint covers it; disclosures/ holds the values that are public today, since an entry itself holds "
        "digests of them only; log/ holds the checkpoint with the signatures of the log and of its witnesses, the "
        "log's key, what proves its changes if there were any, and who the witnesses are."
    ),
    N_(
        "documents.json lists the documents that entries name by their SHA-256 digest; the documents are not here. "
        "findings.json and story.html were made of the entries by whoever made this bundle; no signature covers them."
    ),
    N_("The proofs are in public formats (C2SP tlog-proof and tlog-checkpoint), so other programs can check them too."),
)
