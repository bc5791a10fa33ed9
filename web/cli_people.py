"""`candour user` and `candour token`: looking after accounts from the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import click
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.database import reading
from ledger.settings import Settings
from web.people import accounts, sessions
from web.people.accounts import changing
from web.people.roles import ROLES

Open = Callable[[Settings], AbstractContextManager[Engine]]


def put_commands(cli: click.Group, settings: Callable[[], Settings], opened: Open) -> None:  # noqa: C901, PLR0915 - a list of commands
    """Add the commands about people to `cli`."""
    user = click.Group("user", help="Look after accounts: who may record, for which organisation.", epilog=_ADD)
    token = click.Group("token", help="Tokens for programs that use the API.", epilog=_PROGRAM)
    cli.add_command(user)
    cli.add_command(token)

    @user.command(epilog=_ADD)
    @click.argument("email")
    @click.option("--name", required=True, help="The person's name.")
    @click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What they may do.")
    @click.option("--organisation", nargs=3, default=("", "", ""), metavar="SCHEME ID NAME", help="For whom.")
    def add(email: str, name: str, role: str, organisation: tuple[str, str, str]) -> None:
        """Make an account with one role, and print the address of its invitation."""
        chosen = settings()
        given = accounts.checked_grant(role, *organisation)
        with opened(chosen) as engine, changing(engine) as connection:
            made = accounts.create(connection, email, name, utc_now())
            accounts.give(connection, made.id, given, utc_now())
            word = accounts.invite(connection, made.id, utc_now())
        click.echo(f"Send this address to {made.name}; it works once, within 7 days:")
        click.echo(f"{chosen.base_url}/invitation/{word}")

    @user.command(epilog="\b\nExample:\n  candour user invite ada@example.org")
    @click.argument("email")
    def invite(email: str) -> None:
        """Print the address of a new invitation, as for a lost password."""
        chosen = settings()
        with opened(chosen) as engine, changing(engine) as connection:
            word = accounts.invite(connection, accounts.known(connection, email).id, utc_now())
        click.echo(f"{chosen.base_url}/invitation/{word}")

    @user.command(epilog="\b\nExample:\n  candour user role ada@example.org overseer --organisation GB-CHC 1 RR3")
    @click.argument("email")
    @click.argument("role", type=click.Choice(list(ROLES)))
    @click.option("--organisation", nargs=3, default=("", "", ""), metavar="SCHEME ID NAME", help="For whom.")
    @click.option("--take", is_flag=True, help="Take the role away, at once.")
    def role(email: str, role: str, organisation: tuple[str, str, str], take: bool) -> None:  # noqa: FBT001 - click passes flags so
        """Give a role to an account, or take it away."""
        given = accounts.checked_grant(role, *organisation)
        with opened(settings()) as engine, changing(engine) as connection:
            account = accounts.known(connection, email)
            if take:
                accounts.take(connection, account.id, role, given.body, utc_now())
            else:
                accounts.give(connection, account.id, given, utc_now())

    @user.command(epilog="\b\nExample:\n  candour user disable ada@example.org")
    @click.argument("email")
    def disable(email: str) -> None:
        """Shut an account, and end its sessions and tokens."""
        with opened(settings()) as engine, changing(engine) as connection:
            accounts.disable(connection, accounts.known(connection, email).id, utc_now())

    @user.command(name="list", epilog="\b\nExample:\n  candour user list")
    def list_users() -> None:
        """List the accounts with their roles."""
        with opened(settings()) as engine, reading(engine) as connection:
            found = accounts.listed(connection, 10_000)
        for each in found:
            roles = ", ".join(sorted(f"{held.role} {held.name}".strip() for held in each.grants))
            click.echo(f"{each.email}  {each.name}{' (shut)' if each.disabled else ''}: {roles or 'no role'}")

    @token.command(epilog=_PROGRAM)
    @click.argument("email")
    @click.option("--label", required=True, help="What will use it.")
    @click.option("--scope", multiple=True, required=True, type=click.Choice(list(sessions.SCOPES)), help="Repeatable.")
    def create(email: str, label: str, scope: tuple[str, ...]) -> None:
        """Make a token for an account's programs, and print it this once."""
        with opened(settings()) as engine, changing(engine) as connection:
            account = accounts.known(connection, email)
            click.echo(sessions.create_token(connection, account.id, label, frozenset(scope), utc_now()))

    @token.command(name="list", epilog="\b\nExample:\n  candour token list ada@example.org")
    @click.argument("email")
    def list_tokens(email: str) -> None:
        """List an account's tokens."""
        with opened(settings()) as engine, reading(engine) as connection:
            found = sessions.tokens_of(connection, accounts.known(connection, email).id)
        for each in found:
            state = " (revoked)" if each.revoked else ""
            click.echo(f"{each.id}  {each.label}: {', '.join(sorted(each.scopes))}{state}")

    @token.command(epilog="\b\nExample:\n  candour token revoke 7")
    @click.argument("number", type=int)
    def revoke(number: int) -> None:
        """End a token, at once."""
        with opened(settings()) as engine, changing(engine) as connection:
            sessions.revoke_token(connection, number, utc_now())


_ADD: Final = (
    "\b\nExample:\n  candour user add ada@example.org --name 'Ada Hill' --role recorder \\\n"
    "    --organisation GB-GOR D18 'Ministry of Justice'"
)
_PROGRAM: Final = "\b\nExample:\n  candour token create ada@example.org --label 'case system' --scope record"
