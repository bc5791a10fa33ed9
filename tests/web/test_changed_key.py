"""After a change of the log's key: proofs, bundles and pages hold for whoever has the first key, and for the last."""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import URL

from ledger import offline
from ledger.keys import read_key
from ledger.rotating import prepare, rotate
from ledger.tlog.merkle import leaf_hash
from ledger.tlog.note import Checkpoint, Ed25519Signer, sign
from ledger.tlog.proof import OfflineProof
from tests.browser_script import in_node
from tests.ledger.rotated import NEXT_SEED, WHY
from tests.mutations import bit_flips, wholesale
from tests.projections.record import ORIGIN, RECORD
from tests.test_mutations import refit
from tests.web.conftest import Site

STRANGER = Ed25519Signer.from_seed(ORIGIN, bytes(32)).verifier.to_vkey()


@dataclass
class Changed:
    """A site whose key has changed, with what a reader kept from before."""

    site: Site
    first: str
    last: str
    old_proof: str
    old_bundle: bytes

    def get(self, path: str) -> bytes:
        return self.site.get(path).get_data()

    def check(self, **fields) -> str:
        response = self.site.client.post("/verify", data=fields, content_type="multipart/form-data")
        return response.get_data(as_text=True)


@pytest.fixture
def changed(new_sqlite: Callable[[], URL], new_site: Callable[[URL], Site]) -> Changed:
    site = new_site(new_sqlite())
    site.publish(*RECORD[:5])
    kept = site.get("/entries/3.tlog-proof").get_data(as_text=True), site.get("/processes/riverside/bundle.zip").data
    first, made = site.follower.key, site.follower
    prepare(first, NEXT_SEED, None)
    made = replace(made, key=read_key(first.path, ORIGIN))
    assert rotate(site.book.ledger, made.engine, made.key, made.public_dir, WHY, made.step) is not None
    site.follower = replace(made, key=read_key(first.path, ORIGIN))
    # Entries name each other by number, and one has come between.
    site.publish(RECORD[0] | {"stream": "process/later", "data": RECORD[0]["data"] | {"reference": "later"}})
    return Changed(site, first.verifier.to_vkey(), site.follower.key.verifier.to_vkey(), *kept)


def test_bundles_are_verified_with_the_first_key_and_the_last(changed: Changed):
    """One made before the change knows the first key alone, and nothing in it could prove the other."""
    whole = changed.get("/processes/riverside/bundle.zip")
    for vkey in (changed.first, changed.last, None):
        report = offline.verify(whole, vkey)
        assert (report.problems, report.vkey) == ([], changed.last)
    assert "Its key was changed by entry 5, which both keys signed." in map(str, report.facts)
    assert offline.verify(changed.old_bundle, changed.first).ok
    assert not offline.verify(changed.old_bundle, changed.last).ok
    assert not offline.verify(whole, STRANGER).ok
    without = {name: each for name, each in offline.read_zip(whole).items() if name != offline.HANDOVERS}
    assert not offline.verify(refit(without), changed.first).ok


def test_no_change_to_what_proves_a_change_of_key_is_missed_in_a_bundle(changed: Changed):
    """With the list of files put right, and whichever key the reader has."""
    files = offline.read_zip(changed.get("/processes/riverside/bundle.zip"))
    sealed = {offline.HANDOVERS: files[offline.HANDOVERS]}
    chance = random.Random(7)
    changes = [each for each in wholesale(sealed, chance) if each.what != "removal"]
    unseen = [
        str(each)
        for each in [*changes, *bit_flips(sealed, chance, 250)]
        if offline.verify(refit({**files, **each.files}), changed.first).ok
    ]
    assert unseen == []


def in_browser(changed: Changed, root: Path, tmp_path: Path, cases: list[tuple[bytes, bytes, str]]) -> list[list]:
    """Run the browser's script on (proof, handovers, key) of entry 3."""
    entry = base64.b64encode(changed.get("/entries/3.entry")).decode()
    shown = json.loads(changed.get("/entries/3.json"))["disclosures"]
    disclosures = json.dumps([each["disclosure"] for each in shown])
    given = [
        {
            "entry": entry,
            "index": 3,
            "disclosures": disclosures,
            "proof": base64.b64encode(proof).decode(),
            "handovers": base64.b64encode(handovers).decode(),
            "vkey": base64.b64encode(vkey.encode()).decode(),
        }
        for proof, handovers, vkey in cases
    ]
    return [each[:2] for each in in_node(root, tmp_path, given, [])]


def test_the_browser_s_script_follows_a_change_and_no_forged_one(changed: Changed, root: Path, tmp_path: Path):
    """Before and after it, with either key; a changed or missing proof of the change is found."""
    page = changed.get("/entries/3").decode()
    assert 'data-handovers="/log/handovers"' in page
    proof, handovers = changed.get("/entries/3.tlog-proof"), changed.get("/log/handovers")
    old = changed.old_proof.encode()
    good = [(each, handovers, vkey) for each in (old, proof) for vkey in (changed.first, changed.last)]
    bad = [(proof, handovers, STRANGER), (proof, b"", changed.first), (old, b"", changed.last)]
    flips = bit_flips({"handovers": handovers}, random.Random(8), 120)
    bad += [(proof, each.files["handovers"], changed.first) for each in flips if _is_text(each.files["handovers"])]
    results = in_browser(changed, root, tmp_path, [*good, *bad])
    assert results[: len(good)] == [[True, "ok"]] * len(good)
    assert [each for each, (ok, _) in zip(bad, results[len(good) :], strict=True) if ok] == []


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_the_page_for_checking_accepts_what_was_kept_from_before(changed: Changed):
    """Pasted proofs of before and after, with either key or none; it is said that the key has changed."""
    proof = changed.get("/entries/3.tlog-proof").decode()
    for pasted in (changed.old_proof, proof):
        for vkey in (changed.first, changed.last, ""):
            told = changed.check(proof=pasted, vkey=vkey)
            assert "It fits" in told, (pasted == proof, vkey)
    assert "The log&#39;s key has changed, as both keys have signed." in changed.check(proof=proof, vkey=changed.first)
    assert "It does NOT fit" in changed.check(proof=proof, vkey=STRANGER)
    whole = changed.get("/processes/riverside/bundle.zip")
    for vkey in (changed.first, changed.last):
        assert "It fits" in changed.check(bundle=(io.BytesIO(whole), "b.zip"), vkey=vkey)
    for path in ("/entries/5", "/log/checkpoints.html", "/log/checkpoints.json", "/verify?entry=5"):
        assert changed.site.get(path).status_code == 200


def test_the_page_that_tells_how_to_check_names_the_earlier_key(changed: Changed):
    """With the entry that changed it, so that whoever has the earlier one knows it again."""
    page = changed.get("/how-to-verify").decode()
    assert changed.first in page
    assert changed.last in page
    assert 'href="/entries/5"' in page


def test_a_stolen_old_key_makes_up_no_past(changed: Changed):
    """A checkpoint over entries that the log never had, signed with the key of that time, is refused here."""
    site, thief = changed.site, Ed25519Signer.from_seed(ORIGIN, bytes(range(32)))
    made_up = b'{"index":0}'
    note = sign(Checkpoint(ORIGIN, 1, leaf_hash(made_up)).to_text(), [thief])
    proof = OfflineProof(0, (), note).to_bytes().decode()
    assert site.follower.key.verifier.to_vkey() == changed.last
    told = changed.check(proof=proof, entry=made_up.decode(), vkey=changed.last)
    assert "It does NOT fit" in told
    assert "over other entries than it has" in told
