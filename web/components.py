"""The components of the GOV.UK Design System, for our templates: `{{ govukTag({"text": _("Correction")}) }}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask
from flask_babel import gettext
from jinja2 import Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

_PACKAGE: Final = "govuk_frontend_jinja"

# Not here: what carries GOV.UK's brand (header, footer) and what needs a script to be of use (tabs, accordion).
COMPONENTS: Final = (
    "back-link",
    "breadcrumbs",
    "button",
    "character-count",
    "checkboxes",
    "date-input",
    "details",
    "error-message",
    "error-summary",
    "fieldset",
    "file-upload",
    "hint",
    "input",
    "inset-text",
    "label",
    "notification-banner",
    "pagination",
    "panel",
    "password-input",
    "phase-banner",
    "radios",
    "select",
    "service-navigation",
    "skip-link",
    "summary-list",
    "table",
    "tag",
    "task-list",
    "textarea",
    "warning-text",
)


def put_components(app: Flask) -> None:
    """Make each component callable in every template; its template is read when it is first used."""
    # An environment of their own: the components count on undefined values being false, and in ours they are errors.
    environment = Environment(loader=PrefixLoader({_PACKAGE: PackageLoader(_PACKAGE)}), autoescape=True)
    for component in COMPONENTS:
        name = "govuk" + component.title().replace("-", "")
        app.jinja_env.globals[name] = _component(environment, component, name)


def _component(environment: Environment, component: str, name: str) -> Callable[[Mapping[str, Any]], Markup]:
    def render(params: Mapping[str, Any]) -> Markup:
        error = params.get("errorMessage")
        if error:
            # The component says “Error:” to the ear, in English unless it is told another word.
            params = {**params, "errorMessage": {"visuallyHiddenText": gettext("Error"), **error}}
        macro = getattr(environment.get_template(f"{_PACKAGE}/components/{component}/macro.html").module, name)
        return Markup(macro(params))  # noqa: S704 - rendered by a template that escapes

    return render
