"""A ledger that can be signed and published, and two verifiers to look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.keys import create_key
from tests.ledger.published import ORIGIN, SEED, Published


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> Published:
    """An empty ledger with a key; nothing is signed yet. On each of the two databases."""
    key = create_key(tmp_path / "keys" / "signing.key", ORIGIN, SEED)
    return Published(engine, key, tmp_path / "public")


@pytest.fixture(scope="session")
def other_verifier(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program tests/go/check.go, built with the Go project's own transparency log."""
    libraries = Path("/usr/share/gocode")
    if shutil.which("go") is None or not (libraries / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        reason = "needs the Debian packages golang-go and golang-golang-x-mod-dev: tools/test-system.sh installs them"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    program = tmp_path_factory.mktemp("go") / "check"
    subprocess.run(
        ["go", "build", "-o", program, root / "tests/go/check.go"],
        check=True,
        cwd=root / "tests" / "go",
        env=os.environ | {"GO111MODULE": "off", "GOPATH": str(libraries), "GOFLAGS": ""},
    )
    return program


@pytest.fixture
def check(other_verifier: Path) -> Callable[[Published, int], None]:
    """Verify a published log twice: with our verifier and with the one that is not ours."""

    def check_both(log: Published, size: int) -> None:
        report = log.verify()
        assert (report.problems, report.ok, report.size, report.entries) == ([], True, size, size)
        done = subprocess.run(
            [other_verifier, log.folder, log.vkey], check=False, capture_output=True, text=True, timeout=120
        )
        assert (done.stderr, done.stdout) == ("", f"verified {size} entries\n")

    return check_both
