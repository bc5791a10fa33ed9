"""Checking what somebody brings: a pasted proof, an entry, or a bundle; and saying in plain words what came of it.

Nothing that is sent here is kept. Whoever trusts nobody does not trust this page either, and is told how to do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from ledger import offline
from ledger.log import prove, published_head
from ledger.rotations import follow, size_of
from ledger.tlog.errors import (
    InvalidSignatureError,
    KeyTextError,
    NoteError,
    ProofError,
    TlogError,
    UnverifiedNoteError,
)
from ledger.tlog.note import Checkpoint, Ed25519Verifier
from ledger.tlog.policy import cosigned
from ledger.tlog.proof import OfflineProof
from ledger.tree import stored_root
from ledger.voice import Voice
from ledger.words import N_
from projections import entries
from web.language import voice
from web.people.access import without_effect
from web.public.blueprint import public
from web.public.proof import published_handovers, published_key, published_policy
from web.state import record, state

MOST_BYTES: Final = 10_000_000
"""The most that can be sent here; larger bundles are checked by their own program."""

MOST_TEXT: Final = 200_000

_MOST_DIGITS: Final = 15
_NO_ENTRY: Final = N_("There is no sealed entry of that number here.")


@dataclass(slots=True)
class Outcome:
    """What came of a check: `ok` or not, in sentences; `mistake` is set where there was nothing to check."""

    ok: bool = False
    sentences: list[str] = field(default_factory=list)
    mistake: str | None = None


class _Mistake(Exception):
    """The form was not filled in so that anything could be checked; the argument is a template."""


@public.get("/verify")
def verify() -> Response:
    """Show the form, or with `?entry=` check that entry as it is published."""
    asked = request.args.get("entry")
    if asked is None:
        return _page(None)
    return _page(_tried(lambda said: _check_number(_number(asked.strip()), None, said)))


@public.post("/verify")
@without_effect
def verify_sent() -> Response:
    """Check what is sent: a file, a pasted proof, an entry's bytes, or its number."""
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = 4 * MOST_TEXT
    try:
        form, files = request.form, request.files
    except RequestEntityTooLarge:
        return _page(
            Outcome(mistake=voice().words(N_("That is too large to check here. Unpack it and run verify.py."))), 413
        )
    sent = files.get("bundle")
    content = b"" if sent is None else sent.read(MOST_BYTES + 1)
    if sent is not None:
        sent.close()
    key, proof, entry, number = (
        form.get(name, "")[:MOST_TEXT].strip() for name in ("vkey", "proof", "entry", "number")
    )

    def check(said: Voice) -> Outcome:
        if content:
            return _check_bundle(content, key, said)
        if proof:
            return _check_proof(proof, entry, key, said)
        if number:
            return _check_number(_number(number), key, said)
        raise _Mistake(N_("Choose a file, paste a proof, or give the number of an entry."))

    return _page(_tried(check))


def _number(text: str) -> int:
    """Return the number of an entry as it was typed."""
    if not text.isascii() or not text.isdigit():
        raise _Mistake(N_("The entry's number is digits alone, such as 12."))
    if len(text) > _MOST_DIGITS:
        raise _Mistake(_NO_ENTRY)
    return int(text)


def _tried(check: Callable[[Voice], Outcome]) -> Outcome:
    said = voice()
    try:
        return check(said)
    except _Mistake as mistake:
        return Outcome(mistake=said.words(str(mistake)))


def _page(outcome: Outcome | None, status: int = 200) -> Response:
    key = published_key(state().public_dir)
    if outcome is not None and outcome.mistake is not None and status == 200:  # noqa: PLR2004 - HTTP's own number
        status = 400
    given = _given() if status != 413 else {}  # noqa: PLR2004
    response = make_response(
        render_template(
            "verify.html",
            outcome=outcome,
            published="" if key is None else key.to_vkey(),
            given={name: given.get(name, "")[:MOST_TEXT] for name in ("vkey", "proof", "entry", "number")},
        ),
        status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _given() -> Mapping[str, str]:
    """Return what the form is shown again with."""
    return request.form if request.method == "POST" else {"number": request.args.get("entry", "")}


# --- a bundle ---------------------------------------------------------------------------------------------------------


def _check_bundle(content: bytes, key: str, said: Voice) -> Outcome:
    # Our own verifier, never the one that lies in the bundle.
    report = offline.verify(content, key or None)
    sentences = [said.words(each.template, **each.values) for each in (*report.problems, *report.facts)]
    if report.ok:
        sentences.append(
            said.words(N_("The page and the findings in it were made of these entries; no seal covers them."))
        )
        if not report.pinned:
            sentences.append(_says_who(report.vkey or "", said))
    return Outcome(report.ok, sentences)


def _says_who(vkey: str, said: Voice) -> str:
    ours = published_key(state().public_dir)
    if ours is not None and ours.to_vkey() == vkey:
        return said.words(N_("It is signed with the key that this site shows. Compare that with one from elsewhere."))
    return said.words(N_("It is NOT signed with the key of this site, but with %(vkey)s."), vkey=vkey)


# --- a proof, an entry ------------------------------------------------------------------------------------------------


def _check_number(index: int, key: str | None, said: Voice) -> Outcome:
    """Check an entry as it is on record against the checkpoint that is published."""
    ours = published_key(state().public_dir)
    with record() as connection:
        stored = entries.stored(connection, index)
        head = None if ours is None else published_head(state().public_dir, ours)
        if stored is None or head is None or index >= head.checkpoint.size:
            raise _Mistake(_NO_ENTRY)
        proof = OfflineProof.from_bytes(prove(connection, head, index))
    return _judged(proof, stored[0], key or "", said)


def _check_proof(text: str, entry: str, key: str, said: Voice) -> Outcome:
    """Check a pasted proof for pasted bytes, or for those on record here."""
    # A text field sends its lines with carriage returns, whatever was pasted.
    content = (text.replace("\r\n", "\n") + "\n").encode("utf-8", "replace")
    try:
        proof = OfflineProof.from_bytes(content)
    except (ProofError, NoteError):
        raise _Mistake(
            N_("That is not a proof. Paste all of it, from the line c2sp.org/tlog-proof@v1 to the last signature.")
        ) from None
    if entry:
        return _judged(proof, entry.encode("utf-8", "replace"), key, said)
    with record() as connection:
        stored = entries.stored(connection, proof.index)
    if stored is None:
        raise _Mistake(
            N_("This site has no entry of the number that the proof is about. Paste the entry's bytes as well.")
        )
    outcome = _judged(proof, stored[0], key, said)
    outcome.sentences.append(said.words(N_("It was held against the entry as this site has it.")))
    return outcome


def _judged(proof: OfflineProof, entry: bytes, key: str, said: Voice) -> Outcome:
    log = _key(key)
    keys = follow(log, published_handovers(state().public_dir))
    signer = keys.at(size_of(proof.checkpoint))
    try:
        checkpoint = proof.verify(entry, signer, [each for each in keys.all if each != signer])
    except (UnverifiedNoteError, InvalidSignatureError):
        return _bad(N_("The checkpoint in the proof is not signed with the key %(key)s."), said, key=log.to_vkey())
    except ProofError:
        return _bad(
            N_("These are not the bytes that the log signed for as entry %(number)s."), said, number=proof.index
        )
    except TlogError:
        return _bad(N_("The checkpoint in the proof is of another log, or damaged."), said)
    if signer != log and not _is_ours(checkpoint):
        return _bad(N_("An earlier key of this log signed the checkpoint, but over other entries than it has."), said)
    return Outcome(
        ok=True,
        sentences=[
            said.words(
                N_("Entry %(number)s is exactly the one that the log %(origin)s signed for, among %(size)s entries."),
                number=proof.index,
                origin=checkpoint.origin,
                size=said.number(checkpoint.size),
            ),
            *([] if signer == log else [_says_changed(signer, said)]),
            *_witnesses(proof, said),
            *([] if key else [_says_who(log.to_vkey(), said)]),
        ],
    )


def _is_ours(checkpoint: Checkpoint) -> bool:
    """Whether the log began with what a checkpoint states: whoever has stolen a key that was left can still sign."""
    with record() as connection:
        return checkpoint.size <= entries.size(connection) and stored_root(connection, checkpoint.size) == (
            checkpoint.root
        )


def _says_changed(signer: Ed25519Verifier, said: Voice) -> str:
    return said.words(
        N_("The log's key has changed, as both keys have signed. At this size it was %(vkey)s."), vkey=signer.to_vkey()
    )


def _witnesses(proof: OfflineProof, said: Voice) -> Iterator[str]:
    policy = published_policy(state().public_dir)
    found = () if policy is None else cosigned(proof.checkpoint, policy)
    names = sorted({each.name[:100] for each in found})
    if names:
        yield said.words(N_("Witnesses signed the same: %(names)s."), names=said.items(names))
    else:
        yield said.words(N_("No witness that this site names signed the same."))


def _bad(template: str, said: Voice, **values: object) -> Outcome:
    return Outcome(ok=False, sentences=[said.words(template, **values)])


def _key(text: str) -> Ed25519Verifier:
    if text:
        try:
            return Ed25519Verifier.from_vkey(text)
        except KeyTextError:
            raise _Mistake(
                N_("That is not a log's key. It is one line: a name, eight letters or digits, a key, and + between.")
            ) from None
    ours = published_key(state().public_dir)
    if ours is None:
        raise _Mistake(N_("Nothing is published here yet, so there is no key. Give one."))
    return ours
