"""The commands of a page of docs/operations, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.operations.conftest import Place

_FILE = re.compile(r'"\$\(cat ([^)]*)\)"')


class Done(NamedTuple):
    """A command of the page, its status and all that it printed."""

    command: str
    status: int
    told: str


def commands(root: Path, name: str, section: str = "") -> list[str]:
    """Return the commands of a page, or of one of its sections, in order."""
    text = (root / "docs/operations" / name).read_text(encoding="utf-8")
    if section:
        _, found, text = text.partition(f"\n## {section}\n")
        assert found, f"{name} has no section {section}"
        text = text.partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.strip() for block in blocks for line in block.strip().splitlines()]


def follow_page(place: Place, lines: list[str]) -> list[Done]:
    """Run commands one after another as in one shell; each must end well."""
    done = []
    for line in lines:
        made = run_line(place, line)
        assert made.status == 0, made
        done.append(made)
    return done


def run_line(place: Place, line: str) -> Done:
    """Run one command of a page."""
    if line.startswith("export "):
        name, _, value = line.removeprefix("export ").partition("=")
        place.environ[name] = value
        return Done(line, 0, "")
    if line.startswith("candour "):
        whole = _FILE.sub(lambda found: f"'{(place.folder / found[1]).read_text().strip()}'", line)
        return Done(line, *place.run(whole.removeprefix("candour ")))
    made = subprocess.run(
        ["bash", "-c", line],
        cwd=place.folder,
        env=os.environ | place.environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Done(line, made.returncode, made.stdout + made.stderr)
