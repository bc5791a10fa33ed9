"""Hatchling's build hook: builds the pages' styles and scripts before they are packed into the wheel."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface[Any]):
    """Runs tools/frontend.py, by its path: an isolated build cannot import from the checkout."""

    def dependencies(self) -> list[str]:
        """Return Node as a build requirement where the machine has none."""
        found: list[str] = self._tool()["requirements"]()
        return found

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build what is out of date."""
        self._tool()["build"](Path(self.root))

    def _tool(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root) / "tools" / "frontend.py"))
