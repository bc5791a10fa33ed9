"""Every page of recording, for the application to put on."""

from web.record import check, documents, form, home, many, removals
from web.record.blueprint import record

__all__ = ["check", "documents", "form", "home", "many", "record", "removals"]
