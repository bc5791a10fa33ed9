"""Asking witnesses to cosign: what the log sends them, what it believes of their answers, and when it must stop.

Only the addresses of the policy file are ever asked. An answer is bounded in size and time, and a redirect is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from sqlalchemy import Engine

from ledger.cosignatures import keep, last_cosigned, who_cosigned, witness_id
from ledger.database import reading
from ledger.errors import CandourError, Corrupt, NotFound, Unavailable, Wrong
from ledger.files import read_file
from ledger.log import Signed
from ledger.sources import NoRedirects
from ledger.tlog.errors import TlogError
from ledger.tlog.merkle import prove_consistency
from ledger.tlog.note import Ed25519Verifier, Signature
from ledger.tlog.policy import MAX_POLICY, Policy, Witness
from ledger.tlog.witness import MAX_RESPONSE, PATH, AddCheckpoint, parse_cosignatures, parse_size
from ledger.tree import damaged_tiles, tile_reader
from ledger.words import N_

TIMEOUT: Final = 10.0
"""Seconds in which a witness must have answered in full."""

GRACE: Final = 1.0
"""Seconds that are still waited for further witnesses once the quorum is met."""

_ATTEMPTS: Final = 3
_PIECE: Final = 4_096

Post = Callable[[str, bytes], tuple[int, bytes]]
"""Sends a body to an address; returns status and body. Raises `Unavailable`."""


class Answered(NamedTuple):
    """What asking the witnesses led to: who has cosigned, and why the others have not (by the policy's names)."""

    cosigned: frozenset[str]
    failed: dict[str, CandourError]


def read_policy(path: Path, log: Ed25519Verifier) -> Policy:
    """Return the policy of this log's witnesses.

    Raises:
        NotFound: There is no such file.
        Wrong: It is malformed, names other logs only, or a witness without a web address.
    """
    content = read_file(path, MAX_POLICY)
    if content is None:
        raise NotFound(N_("There is no witness policy at %(file)s. Check CANDOUR_WITNESS_POLICY."), file=path)
    try:
        policy = Policy.from_bytes(content)
    except TlogError as error:
        raise Wrong(N_("%(file)s is no witness policy: %(why)s"), file=path, why=error) from error
    if policy.logs and log not in {each.verifier for each in policy.logs}:
        raise Wrong(
            N_("%(file)s is a policy for other logs. Add the line: log %(vkey)s"), file=path, vkey=log.to_vkey()
        )
    for witness in policy.witnesses:
        if witness.url is None or not _is_web_address(witness.url):
            raise Wrong(
                N_("%(file)s gives no address for the witness %(name)s. Add one that begins with https://."),
                file=path,
                name=witness.name,
            )
    return policy


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    return usable and url.isascii() and url.isprintable() and not parts.query and not parts.fragment


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """Send a body and return status and answer. Raises `Unavailable`: no answer, too late, too long, a redirect."""
    deadline = monotonic() + TIMEOUT
    request = Request(url, body, {"Content-Type": "text/plain; charset=utf-8"}, method="POST")  # noqa: S310 - read_policy admits http only
    try:
        with build_opener(NoRedirects).open(request, timeout=TIMEOUT) as answer:
            return answer.status, _read(answer.read1, deadline)
    except HTTPError as error:
        with error:
            return error.code, _read(error.read1, deadline)
    except (OSError, HTTPException) as error:
        raise Unavailable(N_("It does not answer: %(why)s."), why=getattr(error, "reason", None) or error) from error


def _read(read: Callable[[int], bytes], deadline: float) -> bytes:
    content = b""
    while piece := read(_PIECE):
        content += piece
        if len(content) > MAX_RESPONSE or monotonic() > deadline:
            raise Unavailable(N_("Its answer is too long or too slow."))
    return content


@dataclass(slots=True)
class Witnesses:
    """The witnesses of a policy, asked by the one follower that leads."""

    policy: Policy
    send: Post = post
    timeout: float = TIMEOUT
    grace: float = GRACE
    _confirmed: bool = field(default=False, init=False)

    def confirm(self, engine: Engine, last: Signed | None) -> None:
        """Once, before anything is signed: hold what was signed last against what the witnesses have seen.

        An older copy of everything (database, key folder and public files) contradicts nothing that lies beside it;
        the witnesses are who would know. One that does not answer stops nothing.

        Raises:
            Corrupt: A witness has seen a larger log, or another one.
        """
        if last is not None and not self._confirmed:
            self.ask(engine, last)
        self._confirmed = True

    def ask(self, engine: Engine, newest: Signed) -> Answered:
        """Ask the witnesses that have not cosigned this checkpoint yet, all at once, and keep what they sign.

        Waits until all have answered, or the quorum is met and the grace over, or the time is.

        Raises:
            Corrupt: A witness has seen a larger log, or another one. No cosignature of it was kept.
        """
        size = newest.checkpoint.size
        missing = self.missing(engine, size)
        answers: SimpleQueue[tuple[Witness, tuple[Signature, ...] | CandourError]] = SimpleQueue()
        for witness in missing:
            Thread(target=_work, args=(engine, witness, newest, self.send, answers), daemon=True).start()
        failed: dict[str, CandourError] = {}
        corrupt: Corrupt | None = None
        for witness, answer in self._collect(engine, newest, answers, len(missing)):
            if isinstance(answer, Corrupt):
                corrupt = answer
            elif isinstance(answer, CandourError):
                failed[witness.name] = answer
            else:
                keep(engine, size, answer)
        if corrupt is not None:
            raise corrupt
        left = {each.name for each in self.missing(engine, size)}
        cosigned = frozenset(each.name for each in self.policy.witnesses if each.name not in left)
        late = Unavailable(N_("It has not answered in time."))
        return Answered(cosigned, {name: failed.get(name, late) for name in left})

    def missing(self, engine: Engine, size: int) -> Sequence[Witness]:
        """Return the witnesses that have not cosigned the checkpoint of a size."""
        with reading(engine) as connection:
            known = who_cosigned(connection, size)
        return [each for each in self.policy.witnesses if _id(each) not in known]

    def is_met(self, engine: Engine, size: int) -> bool:
        """Whether the cosignatures kept of the checkpoint of a size make up the quorum."""
        with reading(engine) as connection:
            known = who_cosigned(connection, size)
        cosigned = [each.verifier for each in self.policy.witnesses if _id(each) in known]
        return self.policy.is_met(Signature(each.name, each.key_id, b"") for each in cosigned)

    def _collect(
        self,
        engine: Engine,
        newest: Signed,
        answers: SimpleQueue[tuple[Witness, tuple[Signature, ...] | CandourError]],
        expected: int,
    ) -> Iterator[tuple[Witness, tuple[Signature, ...] | CandourError]]:
        end = monotonic() + self.timeout
        for _ in range(expected):
            try:
                yield answers.get(timeout=max(0.0, end - monotonic()))
            except Empty:
                return
            if self.is_met(engine, newest.checkpoint.size):
                end = min(end, monotonic() + self.grace)


def _work(
    engine: Engine,
    witness: Witness,
    newest: Signed,
    send: Post,
    answers: SimpleQueue[tuple[Witness, tuple[Signature, ...] | CandourError]],
) -> None:
    try:
        answers.put((witness, _ask_one(engine, witness, newest, send)))
    except CandourError as error:
        answers.put((witness, error))


def _ask_one(engine: Engine, witness: Witness, newest: Signed, send: Post) -> tuple[Signature, ...]:
    checkpoint = newest.checkpoint
    with reading(engine) as connection:
        old = last_cosigned(connection, _id(witness), checkpoint.size)
    for _ in range(_ATTEMPTS):
        status, body = send(f"{(witness.url or '').rstrip('/')}{PATH}", _request(engine, old, newest).to_bytes())
        try:
            if status == 200:  # noqa: PLR2004 - HTTP's own numbers, here and below
                return _cosignatures(body, checkpoint.to_text(), witness)
            known = parse_size(body) if status == 409 else None  # noqa: PLR2004
        except TlogError as error:
            raise Unavailable(N_("It answered in another way than witnesses do: %(why)s"), why=error) from error
        if known is None and not (status == 422 and old > 0):  # noqa: PLR2004
            break
        if known is None or known == old or known > checkpoint.size:
            raise _disputed(witness, newest, known)
        old = known
    raise Unavailable(N_("It refuses, with status %(status)s."), status=status)


def _request(engine: Engine, old: int, newest: Signed) -> AddCheckpoint:
    size = newest.checkpoint.size
    with reading(engine) as connection:
        try:
            proof = prove_consistency(old, size, tile_reader(connection, size))
        except TlogError as error:
            raise damaged_tiles(error) from error
    return AddCheckpoint(old, proof, newest.note)


def _cosignatures(body: bytes, text: str, witness: Witness) -> tuple[Signature, ...]:
    found = parse_cosignatures(body, text, witness.verifier)
    if not found:
        raise Unavailable(N_("It answers, but not with a signature of the key that the policy names."))
    return found


def _disputed(witness: Witness, newest: Signed, known: int | None) -> Corrupt:
    """Return the error that stops the log: the operator chose this witness, and can leave it out of the policy."""
    if known is not None and known > newest.checkpoint.size:
        return Corrupt(
            N_(
                "The witness %(name)s has seen this log with %(known)s entries, and here it has %(size)s: an older "
                "copy seems to be in place. Nothing more is signed or published. Put the newest copy back; candour "
                "restore says how. If the witness is wrong, take it out of the policy."
            ),
            name=witness.name,
            known=known,
            size=newest.checkpoint.size,
        )
    return Corrupt(
        N_(
            "The witness %(name)s has seen other entries in this log than those which are here. Nothing more is signed "
            "or published. Find out which copy is the right one; candour restore says how. If the witness is wrong, "
            "take it out of the policy."
        ),
        name=witness.name,
    )


def _id(witness: Witness) -> str:
    return witness_id((witness.verifier.name, witness.verifier.key_id))
