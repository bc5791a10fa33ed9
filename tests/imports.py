"""Reads which modules the project's files import, without importing them."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("ledger", "projections", "web")


def modules(root: Path) -> dict[str, Path]:
    """Every module of the three packages: its dotted name and its file."""
    files = (file for package in PACKAGES for file in sorted((root / package).rglob("*.py")))
    return {dotted(file.relative_to(root)): file for file in files}


def dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, module: str, *, package: bool = False) -> set[str]:
    """Every dotted name that a module's source imports, at any depth; `from a import b` gives `a` and `a.b`.

    Importing a submodule runs what stands above it, and `b` may be a module: so both count. `package` says
    that the module is an `__init__.py`, from which relative imports start one step lower.
    """
    return set(_imported(ast.parse(source), module.split(".") + ["__init__"] * package))


def _imported(tree: ast.AST, parts: list[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parts[: -node.level] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def imports_of(module: str, file: Path) -> set[str]:
    return imported(file.read_text(encoding="utf-8"), module, package=file.name == "__init__.py")


def within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or lies in it (`ledgers` does not lie in `ledger`)."""
    return name == package or name.startswith(f"{package}.")


def top(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}
