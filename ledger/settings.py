"""The settings, read once from the environment and frozen.

Nothing else in the project reads an environment variable. Each setting knows where its value came from, which
`candour doctor` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ledger.database import connect
from ledger.errors import CandourError, Invalid, Wrong
from ledger.words import N_

Source = Literal["environment", "default", "derived", "not set"]

_PREFIX: Final = "CANDOUR_"
_DEFAULT_DATABASE: Final = "sqlite:///var/candour.db"
_DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
_DEFAULT_KEY: Final = "var/signing.key"
_DEFAULT_PUBLIC: Final = "var/public"
_SHORTEST_SECRET: Final = 32
_MOST_PROXIES: Final = 5
_PASSPHRASES: Final = ("CANDOUR_KEY_PASSPHRASE", "CANDOUR_KEY_PASSPHRASE_FILE")
_PROVIDER: Final = ("CANDOUR_OIDC_ISSUER", "CANDOUR_OIDC_CLIENT_ID", "CANDOUR_OIDC_CLIENT_SECRET")


class Setting(NamedTuple):
    """One setting as `candour doctor` shows it: secrets left out."""

    name: str
    shown: str
    source: Source


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people may sign in with an account they have elsewhere (OpenID Connect)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an installation decides.

    `base_url` has no trailing slash. `origin` is the log's name for ever: by default the address of `/log` without
    its scheme. `secret_key` signs sessions. The signing key's passphrase is given, or a file that holds it, or neither.
    `proxies` stand between the site and its readers, and say who asks. Paths are relative to the working directory
    unless absolute.
    """

    database_url: str = field(repr=False)
    base_url: str
    origin: str
    signing_key: Path
    key_passphrase: str | None = field(repr=False)
    key_passphrase_file: Path | None
    secret_key: str | None = field(repr=False)
    public_dir: Path
    witness_policy: Path | None
    provider: Provider | None
    proxies: int
    sources: Mapping[str, Source]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as not set.

        Raises:
            Invalid: With every wrong or unknown variable by its name.
        """
        given = {name: value for name, value in environ.items() if name.startswith(_PREFIX) and value}
        problems = dict(_problems(given)) | dict(_halves(given))
        if problems:
            raise Invalid(problems)
        base_url = given.get("CANDOUR_BASE_URL", _DEFAULT_BASE_URL).rstrip("/")
        policy, passphrase_file = given.get("CANDOUR_WITNESS_POLICY"), given.get("CANDOUR_KEY_PASSPHRASE_FILE")
        return cls(
            database_url=given.get("CANDOUR_DATABASE_URL", _DEFAULT_DATABASE),
            base_url=base_url,
            origin=given.get("CANDOUR_ORIGIN") or default_origin(base_url),
            signing_key=Path(given.get("CANDOUR_SIGNING_KEY", _DEFAULT_KEY)),
            key_passphrase=given.get("CANDOUR_KEY_PASSPHRASE"),
            key_passphrase_file=Path(passphrase_file) if passphrase_file else None,
            secret_key=given.get("CANDOUR_SECRET_KEY"),
            public_dir=Path(given.get("CANDOUR_PUBLIC_DIR", _DEFAULT_PUBLIC)),
            witness_policy=Path(policy) if policy else None,
            provider=Provider(*(given[name] for name in _PROVIDER)) if _PROVIDER[0] in given else None,
            proxies=int(given.get("CANDOUR_PROXIES", "0")),
            sources={name: "environment" if name in given else _SOURCES[name] for name in _CHECKS},
        )

    def shown(self) -> Iterator[Setting]:
        """Yield each setting with its source; passwords and secrets are not in it."""
        values = {
            "CANDOUR_DATABASE_URL": make_url(self.database_url).render_as_string(hide_password=True),
            "CANDOUR_BASE_URL": self.base_url,
            "CANDOUR_ORIGIN": self.origin,
            "CANDOUR_SIGNING_KEY": str(self.signing_key),
            "CANDOUR_KEY_PASSPHRASE": "***" if self.key_passphrase else "",
            "CANDOUR_KEY_PASSPHRASE_FILE": str(self.key_passphrase_file or ""),
            "CANDOUR_SECRET_KEY": "***" if self.secret_key else "",
            "CANDOUR_PUBLIC_DIR": str(self.public_dir),
            "CANDOUR_WITNESS_POLICY": str(self.witness_policy or ""),
            "CANDOUR_OIDC_ISSUER": "" if self.provider is None else self.provider.issuer,
            "CANDOUR_OIDC_CLIENT_ID": "" if self.provider is None else self.provider.client_id,
            "CANDOUR_OIDC_CLIENT_SECRET": "" if self.provider is None else "***",
            "CANDOUR_PROXIES": str(self.proxies),
        }
        for name, value in values.items():
            yield Setting(name, value, self.sources[name])


def default_origin(base_url: str) -> str:
    """Return the schemeless prefix of the log's addresses, as C2SP tlog-tiles recommends."""
    return f"{base_url.partition('://')[2]}/log"


def _problems(given: Mapping[str, str]) -> Iterator[tuple[str, tuple[CandourError, ...]]]:
    for name, value in given.items():
        try:
            _CHECKS.get(name, _unknown)(value)
        except CandourError as problem:
            yield name, (problem,)


def _halves(given: Mapping[str, str]) -> Iterator[tuple[str, tuple[CandourError, ...]]]:
    if any(name in given for name in _PROVIDER):
        problem = Wrong(N_("Set all three of %(names)s, or none."), names=", ".join(_PROVIDER))
        yield from ((name, (problem,)) for name in _PROVIDER if name not in given)
    if all(name in given for name in _PASSPHRASES):
        yield _PASSPHRASES[0], (Wrong(N_("Set one of %(names)s, not both."), names=", ".join(_PASSPHRASES)),)


def _unknown(_: str) -> None:
    raise Wrong(N_("There is no such setting. There are: %(names)s."), names=", ".join(_CHECKS))


def _check_database(value: str) -> None:
    try:
        # Opens nothing: it only looks whether the address can be used.
        connect(value).dispose()
    except ArgumentError as error:
        raise Wrong(N_("This is no database address. Write sqlite:/// and a path, or postgresql://…")) from error


def _check_base_url(value: str) -> None:
    advice = N_("Give the address at which people reach the ledger, such as https://ledger.example, and nothing after.")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise Wrong(advice) from error
    extras = parts.query or parts.fragment or "@" in parts.netloc or "?" in value or "#" in value
    if not usable or extras or not _is_printable_word(value):
        raise Wrong(advice)


def _check_issuer(value: str) -> None:
    _check_base_url(value)
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise Wrong(N_("People's sign-in must not cross a network in the clear: the address has to begin with https."))


def _check_word(value: str) -> None:
    if not _is_printable_word(value):
        raise Wrong(N_("This must be one word without spaces."))


def _check_proxies(value: str) -> None:
    if not (value.isascii() and value.isdigit()) or int(value) > _MOST_PROXIES:
        raise Wrong(N_("Say how many proxies stand before the site: a number from 0 to %(most)s."), most=_MOST_PROXIES)


def _check_origin(value: str) -> None:
    if not _is_printable_word(value) or "+" in value or "://" in value or value.endswith("/"):
        raise Wrong(
            N_("Give the log's address without scheme and without a slash at its end, such as example.org/log.")
        )


def _check_secret(value: str) -> None:
    if len(value) < _SHORTEST_SECRET:
        raise Wrong(N_("This is too short to be secret: give %(least)s characters or more."), least=_SHORTEST_SECRET)


def _check_path(value: str) -> None:
    if not value.isprintable():
        raise Wrong(N_("This path holds characters that cannot be printed."))


def _check_passphrase(value: str) -> None:
    if not value.isprintable():
        raise Wrong(N_("This passphrase holds characters that cannot be printed."))


def _is_printable_word(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


_CHECKS: Final[Mapping[str, Callable[[str], None]]] = {
    "CANDOUR_DATABASE_URL": _check_database,
    "CANDOUR_BASE_URL": _check_base_url,
    "CANDOUR_ORIGIN": _check_origin,
    "CANDOUR_SIGNING_KEY": _check_path,
    "CANDOUR_KEY_PASSPHRASE": _check_passphrase,
    "CANDOUR_KEY_PASSPHRASE_FILE": _check_path,
    "CANDOUR_SECRET_KEY": _check_secret,
    "CANDOUR_PUBLIC_DIR": _check_path,
    "CANDOUR_WITNESS_POLICY": _check_path,
    "CANDOUR_OIDC_ISSUER": _check_issuer,
    "CANDOUR_OIDC_CLIENT_ID": _check_word,
    "CANDOUR_OIDC_CLIENT_SECRET": _check_word,
    "CANDOUR_PROXIES": _check_proxies,
}

_SOURCES: Final[Mapping[str, Source]] = {
    "CANDOUR_DATABASE_URL": "default",
    "CANDOUR_BASE_URL": "default",
    "CANDOUR_ORIGIN": "derived",
    "CANDOUR_SIGNING_KEY": "default",
    **dict.fromkeys(_PASSPHRASES, "not set"),
    "CANDOUR_SECRET_KEY": "not set",
    "CANDOUR_PUBLIC_DIR": "default",
    "CANDOUR_WITNESS_POLICY": "not set",
    **dict.fromkeys(_PROVIDER, "not set"),
    "CANDOUR_PROXIES": "default",
}
