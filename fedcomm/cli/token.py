"""`./run token`: bearer tokens for the client API, without a browser."""

import click

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import OUT_OF_BAND, App
from fedcomm.cli.account import found
from fedcomm.cli.instance import Instance, print_json, run
from fedcomm.config import Wrong
from fedcomm.database import Connection

CLIENT_ID = "fedcomm-command-line"


@click.group()
def command() -> None:
    """Bearer tokens for the client API."""


@command.command()
@click.option("--account", "handle", required=True, help="Whose it is.")
@click.option("--scopes", "asked", default="read write follow push", show_default=True)
@click.option("--value", help="A fixed value, with FEDCOMM_DEV only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(handle: str, asked: str, value: str | None, as_json: bool) -> None:
    """Print a new token for an account. It lasts until revoked."""
    wanted = scopes.parse(asked)

    async def make(here: Instance) -> str:
        if value is not None and not here.config.dev:
            raise Wrong("--value is for development: it needs FEDCOMM_DEV=1")
        async with here.pool.transaction() as db:
            account = await found(db, handle)
            if value is not None:
                await oauth.drop(db, value)
            app = await _own_app(db, here)
            _, made = await oauth.issue(db, app, account.id, scopes=wanted, value=value, now=here.now())
        return made

    made = run(make)
    if as_json:
        print_json({"access_token": made, "token_type": "Bearer", "scope": " ".join(wanted), "account": handle})
    else:
        click.echo(made)


async def _own_app(db: Connection, here: Instance) -> App:
    """The application in whose name commands give tokens; made at the first one."""
    known = await oauth.app_by_client_id(db, CLIENT_ID)
    if known is not None:
        return known
    app, _ = await oauth.register(
        db,
        name="Command line",
        redirect_uris=[OUT_OF_BAND],
        scopes=scopes.parse("read write follow push profile"),
        client_id=CLIENT_ID,
        now=here.now(),
    )
    return app
