"""The script that checks an entry in a reader's browser, run by Node."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

RUNNER = """
import { verify, plainVerify } from %s;
import { readFileSync } from "node:fs";
const cases = JSON.parse(readFileSync(0, "utf-8"));
if (cases.plain) {
  const subtle = globalThis.crypto.subtle;
  const missing = () => Promise.reject(Object.assign(new Error(), { name: "NotSupportedError" }));
  subtle.importKey = missing;
}
const bytes = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));
const text = (base64) => new TextDecoder().decode(bytes(base64));
const results = [];
for (const { entry, proof, vkey, disclosures, index, handovers = "" } of cases.cases) {
  const { ok, code, size, witnesses } = await verify({
    index, entry: bytes(entry), proof: text(proof), vkey: text(vkey), witnesses: cases.witnesses,
    disclosures: JSON.parse(disclosures), handovers: text(handovers),
  });
  results.push([ok, code, size, witnesses.map((each) => each.name)]);
}
console.log(JSON.stringify(results));
"""


def in_node(root: Path, tmp_path: Path, cases: list[Any], witnesses: list[str], *, plain: bool = False) -> list[Any]:
    """Run the browser's script on cases, in one process; `plain` takes Ed25519 out of its Web Crypto."""
    runner = tmp_path / "runner.mjs"
    runner.write_text(RUNNER % json.dumps((root / "web/assets/verify.js").as_uri()))
    given = json.dumps({"cases": cases, "witnesses": witnesses, "plain": plain})
    done = subprocess.run(["node", runner], input=given, check=True, capture_output=True, text=True, timeout=120)
    found: list[Any] = json.loads(done.stdout)
    return found


def case(files: dict[str, bytes], index: int, disclosures: list[str]) -> dict[str, Any]:
    """What the page of an entry fetches."""
    parts = {name: base64.b64encode(files[name]).decode() for name in ("entry", "proof", "vkey")}
    return {**parts, "index": index, "disclosures": json.dumps(disclosures)}
