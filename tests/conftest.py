"""What every test may use: where the project is, and the material kept beside it."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.browser"]

ROOT = Path(__file__).resolve().parent.parent

# Two busy cores make any deadline a coin toss. Under continuous integration the same examples are tried each
# time, so that a red run can be repeated; elsewhere new ones are.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root directory."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The material beside the project (schemas, published examples), which is not ours to copy into it."""
    beside = ROOT.parent / "shared"
    if beside.is_dir():
        return beside
    if os.environ.get("CI") == "true":
        pytest.fail("The directory `shared` is not beside the project, and CI must have it.")
    pytest.skip("needs the directory `shared` beside the project")
