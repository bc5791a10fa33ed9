"""Prints what pyproject.toml requires, a line each: for the build, at run time, and by each extra named."""

import sys
import tomllib
from pathlib import Path

# hatchling's editable installs need `editables`; it says so only when asked during a build.
EDITABLE = ["editables"]


def requirements(pyproject: dict, extras: list[str]) -> list[str]:
    project = pyproject["project"]
    chosen = [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [*pyproject["build-system"]["requires"], *EDITABLE, *project["dependencies"], *chosen]


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    print("\n".join(requirements(declared, sys.argv[1:])))
