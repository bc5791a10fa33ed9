"""Prints what pyproject.toml requires, a line each: for the build, at run time, and by each extra named."""

import runpy
import sys
import tomllib
from pathlib import Path

FRONTEND = runpy.run_path(str(Path(__file__).with_name("frontend.py")))

# hatchling's editable installs need `editables`; it says so only when asked during a build.
EDITABLE = ["editables"]


def requirements(pyproject: dict, extras: list[str]) -> list[str]:
    project = pyproject["project"]
    chosen = [line for extra in extras for line in project["optional-dependencies"][extra]]
    build = [*pyproject["build-system"]["requires"], *EDITABLE, *FRONTEND["requirements"]()]
    return [*build, *project["dependencies"], *chosen]


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    print("\n".join(requirements(declared, sys.argv[1:])))
