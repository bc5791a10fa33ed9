"""Judges open contracting data with libcoveocds, offline, in an environment of its own: its licence is not ours.

`python tests/ocds_judge.py SCHEMAS EXTENSION FILE...` with the folder of the schemas beside the project and that
of the local extension. The answer is JSON: file -> what is wrong, {} where nothing is. Nothing of this project is
imported.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import requests
from libcoveocds.api import ocds_json_output  # type: ignore[import-not-found]
from libcoveocds.config import LibCoveOCDSConfig  # type: ignore[import-not-found]
from ocdsextensionregistry import extension_version, util  # type: ignore[import-not-found]
from requests.adapters import BaseAdapter

BESIDE = {
    "https://standard.open-contracting.org/profiles/eu/": "extensions/eu-profile",
    "https://raw.githubusercontent.com/cabinetoffice/ocds_uk_extension/": "extensions/uk",
    "https://github.com/cabinetoffice/ocds_uk_extension/": "extensions/uk",
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_enquiry_extension/": "extensions/enquiries",
    "https://github.com/open-contracting-extensions/ocds_enquiry_extension/": "extensions/enquiries",
}


class Beside(BaseAdapter):
    """Answers the addresses of extensions from folders, and no others."""

    def __init__(self, schemas: Path, extension: Path) -> None:
        super().__init__()
        self._folders = {start: schemas / name for start, name in BESIDE.items()}
        self._own = extension

    def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
        """Return the file that an address names, or the archive of its folder."""
        folder = next((each for start, each in self._folders.items() if request.url.startswith(start)), None)
        if folder is None and "/ocds/extension/" in request.url:
            folder = self._own
        answer = requests.Response()
        answer.url, answer.request = request.url, request
        file = None if folder is None else folder / request.url.rpartition("/")[2]
        if folder is not None and request.url.endswith(".zip"):
            answer.status_code, answer.raw = 200, io.BytesIO(archive(folder))
        elif file is not None and file.is_file():
            answer.status_code, answer.raw = 200, io.BytesIO(file.read_bytes())
        elif file is not None and (file.parent / "codelists" / file.name).is_file():
            answer.status_code, answer.raw = 200, io.BytesIO((file.parent / "codelists" / file.name).read_bytes())
        else:
            answer.status_code, answer.raw = 404, io.BytesIO()
        return answer

    def close(self) -> None:
        """Nothing is held open."""


def archive(folder: Path) -> bytes:
    """Return a folder as an archive whose first entry is a folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("extension/", "")
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            packed.write(file, f"extension/{file.relative_to(folder)}")
    return made.getvalue()


def wrong(context: dict[str, Any]) -> dict[str, Any]:
    """Return what a judgement finds wrong."""
    found = {
        "validation_errors": context.get("validation_errors"),
        "additional_closed_codelist_values": context.get("additional_closed_codelist_values"),
        "additional_fields": context.get("additional_fields"),
        "additional_checks": context.get("additional_checks"),
        "conformance_errors": context.get("conformance_errors"),
        "invalid_extension": context.get("extensions", {}).get("invalid_extension"),
        "json_deref_error": context.get("json_deref_error"),
    }
    return {name: held for name, held in found.items() if held}


def main() -> None:
    """Judge each file and print what is wrong with it."""
    schemas, extension = Path(sys.argv[1]), Path(sys.argv[2])
    session = requests.Session()
    adapter = Beside(schemas, extension)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    util.session = extension_version.session = session
    standard = next(schemas.glob("ocds-*-offline.zip")).resolve()
    judged = {}
    for name in sys.argv[3:]:
        config = LibCoveOCDSConfig({"context": "api", "standard_zip": f"file://{standard}"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            judged[name] = wrong(ocds_json_output(file=name, lib_cove_ocds_config=config))
    json.dump(judged, sys.stdout, default=str)


if __name__ == "__main__":
    main()
