"""Settings: read once, each with its source, and each mistake said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import Invalid
from ledger.settings import Settings


def test_without_any_variable_everything_has_its_default():
    """A ledger runs without any setting; the origin follows from the address."""
    settings = Settings.from_environ({"PATH": "/bin", "CANDOUR_BASE_URL": ""})
    assert settings == Settings(
        database_url="sqlite:///var/candour.db",
        base_url="http://127.0.0.1:8000",
        origin="127.0.0.1:8000/log",
        signing_key=Path("var/signing.key"),
        key_passphrase=None,
        key_passphrase_file=None,
        secret_key=None,
        public_dir=Path("var/public"),
        witness_policy=None,
        provider=None,
        proxies=0,
        sources=settings.sources,
    )
    assert [(each.name, each.source) for each in settings.shown()] == [
        ("CANDOUR_DATABASE_URL", "default"),
        ("CANDOUR_BASE_URL", "default"),
        ("CANDOUR_ORIGIN", "derived"),
        ("CANDOUR_SIGNING_KEY", "default"),
        ("CANDOUR_KEY_PASSPHRASE", "not set"),
        ("CANDOUR_KEY_PASSPHRASE_FILE", "not set"),
        ("CANDOUR_SECRET_KEY", "not set"),
        ("CANDOUR_PUBLIC_DIR", "default"),
        ("CANDOUR_WITNESS_POLICY", "not set"),
        ("CANDOUR_OIDC_ISSUER", "not set"),
        ("CANDOUR_OIDC_CLIENT_ID", "not set"),
        ("CANDOUR_OIDC_CLIENT_SECRET", "not set"),
        ("CANDOUR_PROXIES", "default"),
    ]


GIVEN = {
    "CANDOUR_DATABASE_URL": "postgresql://candour:hunter2@db.example/candour",
    "CANDOUR_BASE_URL": "https://ledger.example/record/",
    "CANDOUR_ORIGIN": "log.example/2026",
    "CANDOUR_SIGNING_KEY": "/run/secrets/key",
    "CANDOUR_KEY_PASSPHRASE_FILE": "/run/secrets/passphrase",
    "CANDOUR_SECRET_KEY": "a secret that is long enough to be one",
    "CANDOUR_PUBLIC_DIR": "/srv/public",
    "CANDOUR_WITNESS_POLICY": "policy.txt",
    "CANDOUR_OIDC_ISSUER": "https://id.example",
    "CANDOUR_OIDC_CLIENT_ID": "candour",
    "CANDOUR_OIDC_CLIENT_SECRET": "swordfish",
    "CANDOUR_PROXIES": "1",
}


def test_every_variable_is_read():
    """Each setting comes from its variable and says so."""
    settings = Settings.from_environ(GIVEN)
    assert settings.base_url == "https://ledger.example/record"
    assert settings.origin == "log.example/2026"
    assert (settings.signing_key, settings.public_dir) == (Path("/run/secrets/key"), Path("/srv/public"))
    assert settings.witness_policy == Path("policy.txt")
    assert {each.name for each in settings.shown() if each.source != "environment"} == {"CANDOUR_KEY_PASSPHRASE"}


def test_the_origin_is_the_address_without_its_scheme():
    """A prefix in the address stays; a slash at its end does not."""
    settings = Settings.from_environ({"CANDOUR_BASE_URL": "https://ledger.example/record/"})
    assert settings.origin == "ledger.example/record/log"


def test_no_secret_is_shown():
    """Neither the list of settings nor their representation quotes a password or secret."""
    settings = Settings.from_environ(GIVEN)
    shown = repr(settings) + repr(list(settings.shown()))
    assert "hunter2" not in shown
    assert GIVEN["CANDOUR_SECRET_KEY"] not in shown


WRONG = {
    "another database": ("CANDOUR_DATABASE_URL", "mysql://localhost/x", "must begin with sqlite:///"),
    "no database address": ("CANDOUR_DATABASE_URL", "var/candour.db", "no database address"),
    "SQLite in memory": ("CANDOUR_DATABASE_URL", "sqlite://", "kept in a file"),
    "an address without scheme": ("CANDOUR_BASE_URL", "ledger.example", "Give the address"),
    "an address of another scheme": ("CANDOUR_BASE_URL", "ftp://ledger.example", "Give the address"),
    "an address without host": ("CANDOUR_BASE_URL", "https:///x", "Give the address"),
    "an address with a query": ("CANDOUR_BASE_URL", "https://ledger.example/?a", "Give the address"),
    "an address with an empty query": ("CANDOUR_BASE_URL", "https://ledger.example/?", "Give the address"),
    "an address with a password": ("CANDOUR_BASE_URL", "https://a:b@ledger.example", "Give the address"),
    "an address with a bad port": ("CANDOUR_BASE_URL", "https://ledger.example:99999", "Give the address"),
    "an address with a space": ("CANDOUR_BASE_URL", "https://ledger.example/a b", "Give the address"),
    "an origin with a scheme": ("CANDOUR_ORIGIN", "https://ledger.example/log", "without scheme"),
    "an origin with a slash at its end": ("CANDOUR_ORIGIN", "ledger.example/", "without a slash"),
    "an origin with a plus sign": ("CANDOUR_ORIGIN", "ledger+example", "Give the log's address"),
    "an origin with a line feed": ("CANDOUR_ORIGIN", "ledger\nexample", "Give the log's address"),
    "a short secret": ("CANDOUR_SECRET_KEY", "secret", "too short"),
    "a path with a line feed": ("CANDOUR_PUBLIC_DIR", "a\nb", "cannot be printed"),
    "a mistyped name": ("CANDOUR_DATABSE_URL", "sqlite:///x", "There is no such setting. There are: CANDOUR_DATABASE"),
}


@pytest.mark.parametrize(("name", "value", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_named_and_explained(name: str, value: str, words: str):
    """The variable is named, with what to do about it."""
    with pytest.raises(Invalid) as raised:
        Settings.from_environ({name: value})
    assert list(raised.value.problems) == [name]
    assert words in str(raised.value)


def test_all_wrong_settings_are_named_at_once():
    """Nobody has to fix one mistake to learn of the next."""
    with pytest.raises(Invalid) as raised:
        Settings.from_environ({"CANDOUR_ORIGIN": "a b", "CANDOUR_SECRET_KEY": "short", "CANDOUR_PORT": "1"})
    assert set(raised.value.problems) == {"CANDOUR_ORIGIN", "CANDOUR_SECRET_KEY", "CANDOUR_PORT"}
