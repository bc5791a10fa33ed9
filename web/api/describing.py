"""The description of the API, as OpenAPI 3.1: made of the code that answers, and of the declared kinds of entry."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app
from flask_smorest import Api

from web.api import catalogue
from web.api.answering import TOKEN
from web.api.blueprint import api
from web.state import state

_KEY: Final = "candour-api"
_SETTINGS: Final = {"API_TITLE": "Candour", "API_VERSION": "1.0.0", "OPENAPI_VERSION": "3.1.0"}


class _Described(Api):
    def _register_error_handlers(self) -> None:
        """Do nothing: one place answers every error of this site."""


def description() -> dict[str, Any]:
    """Return the OpenAPI description of this application's API. It is made when it is first asked for."""
    if _KEY not in current_app.extensions:
        current_app.extensions[_KEY] = _describe()
    found: dict[str, Any] = current_app.extensions[_KEY]
    return found


def _describe() -> dict[str, Any]:
    current_app.config.update(_SETTINGS)
    made = _Described(current_app, spec_kwargs={"servers": [{"url": state().site.base_url}]})
    for name, schema in catalogue.components():
        made.spec.components.schema(name, schema)
    made.spec.components.schema(catalogue.SUBMISSION, catalogue.submission())
    made.spec.components.security_scheme(TOKEN, {"type": "http", "scheme": "bearer"})
    api.register_views_in_doc(made, current_app, made.spec, name=api.name, parameters=None)
    found: dict[str, Any] = made.spec.to_dict()
    for operations in found["paths"].values():
        for operation in operations.values():
            # The library lets every operation answer anything. Here each answer is described, and a test holds that.
            if isinstance(operation, dict):
                operation["responses"].pop("default", None)
    found["components"].pop("responses", None)
    return found
