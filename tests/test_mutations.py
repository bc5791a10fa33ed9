"""Of thousands of single changes to what is published, every verifier of ours finds each one."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import offline
from ledger.verify import verify
from tests.browser_script import case, in_node
from tests.ledger.published import files_of
from tests.mutations import Change, Small, bit_flips, small_record, wholesale
from tests.projections.record import RECORD

# What a change may do without being found, and why it then changes nothing that anybody relies on.
#
# - log/witnesses, any byte: nobody signs the list of witnesses. It is an offer: whom a reader trusts is the reader's
#   own choice. `candour verify` does not read it.
# - In log/checkpoints, the cosignature lines of older checkpoints: `candour verify` is given the log's key alone, and
#   what a key has signed that the verifier does not know is no signature (C2SP signed-note). The line counts for
#   nothing.
# - In a bundle whose list of files was made to fit: in disclosures/, the word why a value is not shown (“withheld”,
#   “redacted”), since no seal covers today's state. README.txt, story.html, findings.json, documents.json,
#   log/witnesses and verify.py: they explain the entries, and no signature covers them, which the verifier says.
# - In a proof checked by the browser's script, a witness's name and key id in its cosignature: the line is then one by
#   a key that it does not know. What is told has one witness fewer.


@pytest.fixture
def small(new_sqlite, tmp_path: Path) -> Iterator[Small]:
    made = small_record(new_sqlite(), tmp_path)
    yield made
    made.engine.dispose()


# --- a published log --------------------------------------------------------------------------------------------------


def _only_cosignatures_differ(one: bytes, other: bytes, vkey: str) -> bool:
    """Whether two histories differ in nothing but lines that the log's own key has not made."""
    own = f"— {vkey.partition('+')[0]} ".encode()

    def rest(content: bytes) -> list[bytes]:
        lines = content.split(b"\n")
        return [line for line in lines if line.startswith(own) or not line.startswith("— ".encode())]

    return rest(one) == rest(other)


def _carries_no_meaning(change: Change, files: dict[str, bytes], vkey: str) -> bool:
    if change.name == "witnesses" and "swap" not in change.what:
        return True
    if change.name != "checkpoints" or "checkpoints" not in change.files:
        return False
    newest = files["checkpoint"]
    whole = change.files["checkpoints"].endswith(newest)
    return whole and _only_cosignatures_differ(files["checkpoints"], change.files["checkpoints"], vkey)


def _changes_of_a_log(files: dict[str, bytes], chance: random.Random, flips: int) -> Iterator[Change]:
    yield from wholesale(files, chance)
    yield from bit_flips(files, chance, flips)


@pytest.mark.parametrize(("more", "flips"), [(0, 1_700), (260, 250)])
def test_every_change_to_a_published_log_is_found(new_sqlite, tmp_path: Path, more: int, flips: int):
    """Bits in tiles, entries, checkpoints and key; files removed, cut, extended and swapped. With full tiles too."""
    small = small_record(new_sqlite(), tmp_path, more=more)
    folder, vkey = small.public / "log", small.vkey
    files = files_of(folder)
    assert verify(str(folder), vkey).ok
    unseen, exempt, count = [], 0, 0
    for change in _changes_of_a_log(files, random.Random(more), flips):
        count += 1
        touched = {name for name in {*files, *change.files} if files.get(name) != change.files.get(name)}
        _put(folder, change.files, touched)
        if verify(str(folder), vkey).ok:
            if _carries_no_meaning(change, files, vkey):
                exempt += 1
            else:
                unseen.append(str(change))
        _put(folder, files, touched)
    assert unseen == []
    assert verify(str(folder), vkey).ok
    assert exempt < count / 4
    small.engine.dispose()


def _put(folder: Path, files: dict[str, bytes], names: set[str]) -> None:
    for name in names:
        path = folder / name
        if name in files:
            path.write_bytes(files[name])
        else:
            path.unlink()


# --- a bundle ---------------------------------------------------------------------------------------------------------


def test_every_change_to_a_bundle_is_found(small: Small):
    """As files, and as bytes of the ZIP: nothing at all can be changed, the explaining pages included."""
    whole = small.bundle()
    files = offline.read_zip(whole)
    assert offline.verify(whole, small.vkey).ok
    chance = random.Random(2)
    changes = [*wholesale(files, chance), *bit_flips(files, chance, 1_200)]
    assert [str(each) for each in changes if offline.verify(each.files, small.vkey).ok] == []
    zipped = {"bundle.zip": whole}
    changes = [*bit_flips(zipped, chance, 500), *wholesale(zipped, chance)][:-1]
    unseen = [str(each) for each in changes if offline.verify(each.files.get("bundle.zip", b""), small.vkey).ok]
    assert unseen == []
    extra = {**files, "entries/note.txt": b"more"}
    assert not offline.verify(extra, small.vkey).ok


SEALED = ("entries/", "proofs/", "disclosures/", "log/checkpoint", "log/key")


def test_a_forger_who_puts_the_list_of_files_right_is_found_as_well(small: Small):
    """With a manifest that fits the change, the seals alone find it: entries, proofs, disclosures, checkpoint, key."""
    files = offline.read_zip(small.bundle())
    sealed = {name: content for name, content in files.items() if name.startswith(SEALED)}
    chance = random.Random(3)
    unseen = []
    for change in [*wholesale(sealed, chance), *bit_flips(sealed, chance, 1_200)]:
        forged = refit({**{name: files[name] for name in files.keys() - sealed.keys()}, **change.files})
        if offline.verify(forged, small.vkey).ok and not _only_states_differ(change, sealed):
            unseen.append(str(change))
    assert unseen == []


def refit(files: dict[str, bytes]) -> dict[str, bytes]:
    """Make the list of files fit what is there."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != offline.MANIFEST}
    return {**files, offline.MANIFEST: offline.write_json({"format": offline.FORMAT, "files": digests})}


def _only_states_differ(change: Change, files: dict[str, bytes]) -> bool:
    if not change.name.startswith("disclosures/") or change.name not in change.files or "swap" in change.what:
        return False
    before, after = (json.loads(each[change.name]) for each in (files, change.files))
    for each in (*before["undisclosed"], *after["undisclosed"]):
        each.pop("state", None)
        assert set(each) <= {"digest"} | set(each)
    return [each["digest"] for each in before["undisclosed"]] == [
        each["digest"] for each in after["undisclosed"]
    ] and before["disclosed"] == after["disclosed"]


# --- the browser ------------------------------------------------------------------------------------------------------


def fetched(small: Small, index: int) -> tuple[dict[str, bytes], list[str]]:
    """Return an entry, its proof and the log's key, and its disclosures."""
    files = offline.read_zip(small.bundle())
    parts = {"entry": files[f"entries/{index}.entry"], "proof": files[f"proofs/{index}.tlog-proof"]}
    disclosures = json.loads(files[f"disclosures/{index}.json"])["disclosed"]
    return {**parts, "vkey": small.vkey.encode()}, disclosures


@pytest.mark.parametrize("plain", [False, True], ids=["Web Crypto", "without Ed25519"])
def test_the_browser_s_script_accepts_every_entry(small: Small, root: Path, tmp_path: Path, *, plain: bool):
    """With the names of both witnesses; by Web Crypto, and by its own arithmetic where that has no Ed25519."""
    files = offline.read_zip(small.bundle())
    indexes = sorted(int(name[8:-6]) for name in files if name.startswith("entries/"))
    cases = [case(*_with(small, index)) for index in indexes]
    keys = [each.vkey for each in small.witnesses.values()]
    results = in_node(root, tmp_path, cases, keys, plain=plain)
    size = len(RECORD)
    assert results == [[True, "ok", size, ["a.example", "b.example"]]] * len(indexes)
    assert any(fetched(small, index)[1] for index in indexes)


def _with(small: Small, index: int) -> tuple[dict[str, bytes], int, list[str]]:
    files, disclosures = fetched(small, index)
    return files, index, disclosures


def test_the_browser_s_script_finds_every_change(small: Small, root: Path, tmp_path: Path):
    """Of two thousand changes to entry, proof, key and disclosures."""
    chance = random.Random(5)
    index = next(index for index in range(len(RECORD)) if fetched(small, index)[1])
    files, disclosures = fetched(small, index)
    changes = [*wholesale(files, chance), *bit_flips(files, chance, 2_000)]
    changes = [each for each in changes if each.files.keys() == files.keys()]
    cases = [case(each.files, index, disclosures) for each in changes]
    for at, disclosure in enumerate(disclosures):
        for place in range(0, len(disclosure), 7):
            other = "A" if disclosure[place] != "A" else "B"
            forged = disclosure[:place] + other + disclosure[place + 1 :]
            cases.append(case(files, index, [*disclosures[:at], forged, *disclosures[at + 1 :]]))
    keys = [each.vkey for each in small.witnesses.values()]
    results = in_node(root, tmp_path, cases, keys)
    named = [*map(str, changes), *(["a disclosure"] * (len(cases) - len(changes)))]
    unseen = [
        what
        for what, (ok, _, _, witnesses) in zip(named, results, strict=True)
        if ok and witnesses == ["a.example", "b.example"] and not _is_white_space(what)
    ]
    assert unseen == []
    assert in_node(root, tmp_path, cases[:40], keys, plain=True) == results[:40]


def _is_white_space(what: str) -> bool:
    """A key pasted with a line feed or a space around it is the same key."""
    return what in {"a line feed more of vkey", "a space before of vkey"}


# --- the bundle's own program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["this", "3.9"])
def test_the_bundle_s_own_program_says_the_same(small: Small, tmp_path: Path, version: str):
    """Unpacked, and started as a reader would, in this Python and in the oldest that is promised."""
    python = sys.executable if version == "this" else _oldest()
    folder = tmp_path / "unpacked"
    files = offline.read_zip(small.bundle())
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    witness = small.witnesses["a"].vkey

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [python, "-I", str(folder / "verify.py"), *options]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    whole = run("--vkey", small.vkey, "--witness", witness)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "The witness a.example cosigned it at " in whole.stdout
    assert "Nobody said whose log this should be." in run().stdout
    assert run("--vkey", small.vkey.replace("candour", "another")).returncode == 1
    chance = random.Random(4)
    sealed = {name: content for name, content in files.items() if name.startswith(SEALED)}
    for change in bit_flips(sealed, chance, 4):
        _put(folder, change.files, {change.name})
        done = run("--vkey", small.vkey)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), str(change)
        _put(folder, files, {change.name})


def _oldest() -> str:
    """Return a Python 3.9, or this one where there is none; the next test holds the grammar to 3.9 in any case."""
    for name in (shutil.which("python3.9"), Path.home() / ".pyenv/versions/3.9.18/bin/python3.9"):
        if name and subprocess.run([name, "-c", ""], check=False, capture_output=True).returncode == 0:
            return str(name)
    return sys.executable


def test_the_bundle_s_own_program_is_written_for_the_oldest_python(root: Path):
    """It parses by the grammar of Python 3.9, and imports the standard library alone."""
    tree = ast.parse((root / "ledger/offline.py").read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {
        (each.module or "").partition(".")[0]
        if isinstance(each, ast.ImportFrom)
        else each.names[0].name.partition(".")[0]
        for each in ast.walk(tree)
        if isinstance(each, ast.Import | ast.ImportFrom)
    }
    assert names <= sys.stdlib_module_names
