"""The site that people sign in to, as the tests of people have it."""

from tests.web.people.conftest import doors

__all__ = ["doors"]
