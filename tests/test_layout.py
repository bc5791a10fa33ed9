"""The project's shape: who may import whom, what import may do, and what tracked files may not contain."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from tests.imports import PACKAGES, imported, imports_of, modules, top, within

# Each package may import itself and those after it, never those before.
MAY_IMPORT = {
    "ledger": {"ledger"},
    "projections": {"projections", "ledger"},
    "web": {"web", "projections", "ledger"},
}

# Third-party packages that one place of ours wraps, with the wrapping module or package.
WRAPPED = {
    "eventsourcing": "ledger.store",
    "feedgen": "projections.feeds",
    "icalendar": "projections.calendar",
}


@pytest.fixture(scope="module")
def imports(root):
    """Each of our modules with the names it imports."""
    return {module: imports_of(module, file) for module, file in modules(root).items()}


@pytest.fixture(scope="module")
def tracked(root):
    """Every file under version control that still exists."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


# Imports


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b", {"a", "a.b"}),
        ("from . import b", {"ours.part", "ours.part.b"}),
        ("from .c import b", {"ours.part.c", "ours.part.c.b"}),
        ("from ..d import b", {"ours.d", "ours.d.b"}),
        ("def f():\n    if x:\n        import a", {"a"}),
        ("if TYPE_CHECKING:\n    from a import b", {"a", "a.b"}),
        ("text = 'import a'", set()),
    ],
)
def test_imports_are_read_at_any_depth_and_in_any_form(source, names):
    """Every form of import statement is seen, wherever it stands, and text that looks like one is not."""
    assert imported(source, "ours.part.module") == names


def test_relative_imports_of_a_package_start_at_the_package():
    """`from .c import b` in an `__init__.py` means a submodule of that package."""
    assert imported("from .c import b", "ours.part", package=True) == {"ours.part.c", "ours.part.c.b"}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_from_web_to_projections_to_ledger(imports, package):
    """No module imports from a package above its own, nor from tests, benchmarks or tools."""
    ours = {*PACKAGES, "tests", "benchmarks", "tools"}

    wrong = {
        module: upward
        for module, names in imports.items()
        if within(module, package) and (upward := (top(names) & ours) - MAY_IMPORT[package])
    }

    assert wrong == {}


@pytest.mark.parametrize(("library", "wrapper"), WRAPPED.items())
def test_a_wrapped_library_is_imported_in_one_place(imports, library, wrapper):
    """Only the module that wraps a library names it, so that replacing the library changes one place."""
    importers = {module for module, names in imports.items() if library in top(names)}

    assert {module for module in importers if not within(module, wrapper)} == set()


def test_the_transparency_log_knows_nothing_of_commissioning(imports):
    """`ledger.tlog` imports nothing of ours outside itself: it could be lifted out and used for any log."""
    inside = {module: names for module, names in imports.items() if within(module, "ledger.tlog")}
    assert inside
    outside = {
        (module, name)
        for module, names in inside.items()
        for name in names
        if name.partition(".")[0] in PACKAGES and not within(name, "ledger.tlog")
    }

    # Python runs the parent package first, so naming it (`from ledger import tlog`) is not yet a dependency.
    assert {(module, name) for module, name in outside if name != "ledger"} == set()


# Imported with this in force, a module that connects, starts a program or opens a database fails. libpq is C
# and raises no audit events, so psycopg's own front doors are closed instead.
IMPORT_IN_ISOLATION = """
import importlib, sys
import psycopg

FORBIDDEN = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
    "sqlite3.connect", "subprocess.Popen", "os.system", "os.fork", "os.exec", "os.posix_spawn",
}

def refuse(event, arguments):
    if event in FORBIDDEN:
        raise RuntimeError(f"{event} at import")

def no_connection(*arguments, **options):
    raise RuntimeError("psycopg.connect at import")

psycopg.connect = psycopg.Connection.connect = psycopg.AsyncConnection.connect = no_connection
sys.addaudithook(refuse)
for module in sys.argv[1:]:
    importlib.import_module(module)
"""


def import_in_isolation(names, where):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_IN_ISOLATION, *names],
        cwd=where,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/nowhere", "PYTHONPATH": str(where)},
    )


def test_nothing_connects_at_import(root, tmp_path):
    """All modules import without a connection, a database, a program started, or a setting."""
    # Alembic runs its env.py and revisions itself; as modules they have no context to work in.
    names = [name for name in modules(root) if ".migrations" not in name and not name.endswith("__main__")]
    assert names

    done = import_in_isolation(names, tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import sqlite3; sqlite3.connect(':memory:')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "import psycopg; psycopg.connect('host=127.0.0.1')",
        "import sqlalchemy; sqlalchemy.create_engine('sqlite://').connect()",
        "import sqlalchemy; sqlalchemy.create_engine('postgresql+psycopg://127.0.0.1/x').connect()",
    ],
)
def test_a_module_that_connects_at_import_is_caught(tmp_path, statement):
    """The check above can fail: each way of connecting is noticed."""
    (tmp_path / "careless.py").write_text(statement)

    done = import_in_isolation(["careless"], tmp_path)

    assert done.returncode != 0
    assert "at import" in done.stderr


# What is shipped


def test_the_three_packages_exist(root):
    """Every package that pyproject.toml promises holds modules."""
    assert {module.partition(".")[0] for module in modules(root)} == set(PACKAGES)


def test_the_wheel_holds_every_tracked_file_of_the_packages_and_the_stories(root, tracked, tmp_path):
    """Templates, migrations, translations and stories travel with the code, not only `.py` files; so do the styles and
    scripts that are built, and not what they are built from.
    """
    shipped = {
        file.relative_to(root).as_posix()
        for file in tracked
        if file.relative_to(root).parts[0] in {*PACKAGES, "stories"} and not file.is_relative_to(root / "web/assets")
    }
    assert shipped

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")

    packed = set(zipfile.ZipFile(wheel).namelist())
    assert shipped - packed == set()
    assert {f"web/static/built/{name}" for name in ("candour.css", "candour.js", "govuk-frontend.min.js")} <= packed
    assert [name for name in packed if "assets" in name or "node_modules" in name] == []


def test_every_pin_is_a_name_and_a_version(root):
    """The constraints name no address and nothing loose: any index or mirror can serve them."""
    lines = (root / "constraints.txt").read_text().splitlines()

    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower().replace("_", "-"))


def test_the_continuous_integration_runs_what_the_readme_says(root):
    """`.ci/run` is executable and calls `make test`, and nothing else."""
    script = root / ".ci" / "run"
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]

    assert commands == ["exec make test"]
    assert script.stat().st_mode & 0o111


# What is not


# Names are assembled from pieces, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?:(?<![\w./~-])|(?<=file://))/(?:work|root|tmp|home|Users)/\w")
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
    )
]


@pytest.mark.parametrize("text", ["see {}x", "'{}x'", "path={}x/y", "file://{}x", "({}x)"])
@pytest.mark.parametrize("place", ["work", "root", "tmp", "home"])
def test_a_machine_path_is_noticed_in_any_setting(text, place):
    """The pattern finds a path of one machine after a space, a quote, a bracket or a scheme."""
    assert MACHINE_PATH.search(text.format(f"/{place}/"))


@pytest.mark.parametrize("text", ["https://candour.example{}x", "docs{}x", "..{}x", "~{}x"])
def test_a_path_below_something_else_is_no_machine_path(text):
    """An address or a relative path may have such a part."""
    assert not MACHINE_PATH.search(text.format("/home/"))


def test_tracked_files_name_no_machine_and_no_registry(root, tracked):
    """Nothing under version control depends on one machine's directories or on one package registry."""
    assert tracked
    offending = [f"{file.relative_to(root)}: {found}" for file in tracked for found in places_named(file.read_bytes())]

    assert offending == []


def places_named(content: bytes):
    text = content.decode("utf-8", errors="replace")
    paths = [match.group() for match in MACHINE_PATH.finditer(text)]
    return paths + [host for host in REGISTRIES if host in text]


def test_a_clean_checkout_ignores_what_the_targets_make(root):
    """A virtual environment, a ledger with its key, and built files never show up as changes."""
    made = [
        "node_modules/x",
        "web/static/built/x.css",
        ".venv/x",
        ".venv-bench/x",
        "var/candour.db",
        "var/signing.key",
        "dist/x.whl",
        ".hypothesis/x",
    ]
    told = subprocess.run(["git", "check-ignore", *made], cwd=root, check=False, capture_output=True, text=True)

    assert told.stdout.split() == made


def test_the_linter_selects_everything_and_every_exception_has_a_reason(root):
    """A rule is on unless a line says why it is off."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    exceptions = {*lint["ignore"], *(rule for rules in lint["per-file-ignores"].values() for rule in rules)}

    assert lint["select"] == ["ALL"]
    assert [rule for rule in exceptions if not re.search(rf'^  "{rule}", +# \S', text, re.MULTILINE)] == []
