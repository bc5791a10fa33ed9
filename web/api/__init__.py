"""The API for programs: all that the pages show, and recording. Its description is made from the code that answers."""

from web.api import entries, findings, organisations, processes, reference, statistics
from web.api.blueprint import api

__all__ = ["api", "entries", "findings", "organisations", "processes", "reference", "statistics"]
