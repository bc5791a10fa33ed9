"""Every page about people, for the application to put on."""

from web.people import account, admin, oidc, signin
from web.people.blueprint import people

__all__ = ["account", "admin", "oidc", "people", "signin"]
