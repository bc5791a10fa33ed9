"""The rival of an import, in a process and an environment of its own; it imports nothing of this project.

The arguments are the schema of a release and files of releases. For each line of its input it reads all of them, checks
each release against the schema with jsonschema, and merges those of each process with ocdsmerge; the answer is the
number of releases and the seconds of processor time that one took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # it ships no types
from ocdsmerge import Merger


def main() -> None:
    """Do the work once for each line that comes by standard input, until it ends."""
    schema, *files = sys.argv[1:]
    validator = Draft4Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
    merger = Merger(schema)
    warnings.simplefilter("ignore")
    print("ready", flush=True)
    for _ in sys.stdin:
        gc.collect()
        gc.disable()
        began = time.process_time()
        count = work(validator, merger, files)
        seconds = (time.process_time() - began) / count
        gc.enable()
        print(count, seconds, flush=True)


def work(validator: Draft4Validator, merger: Merger, files: list[str]) -> int:
    """Read, check and merge; return how many releases there were."""
    by_process: dict[str, list[Any]] = defaultdict(list)
    for file in files:
        with Path(file).open(encoding="utf-8") as source:
            package = json.load(source)
        for release in releases(package):
            # Whether it is valid is enough: to find every error takes longer.
            validator.is_valid(release)
            by_process[release["ocid"]].append(release)
    for found in by_process.values():
        merger.create_compiled_release(found)
    return sum(map(len, by_process.values()))


def releases(package: Any) -> list[Any]:
    """Return the releases of a package of releases or of records."""
    return [
        each
        for holder in [package, *package.get("records", ())]
        for each in holder.get("releases", ())
        if "ocid" in each
    ]


if __name__ == "__main__":
    main()
