"""`./run app`: OAuth applications."""

import click

from fedcomm.accounts import oauth, scopes
from fedcomm.accounts.oauth import App
from fedcomm.cli.instance import Instance, print_json, run
from fedcomm.config import Wrong


@click.group()
def command() -> None:
    """OAuth applications."""


@command.command()
@click.option("--name", required=True, help="What people are asked to trust.")
@click.option("--redirect-uri", "redirect_uris", required=True, multiple=True, help="May be given several times.")
@click.option("--scopes", "asked", required=True, help="The most it may ask for.")
@click.option("--website", help="Its home page.")
@click.option("--client-id", help="A fixed value, with FEDCOMM_DEV only.")
@click.option("--client-secret", help="A fixed value, with FEDCOMM_DEV only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    name: str,
    redirect_uris: tuple[str, ...],
    asked: str,
    website: str | None,
    client_id: str | None,
    client_secret: str | None,
    as_json: bool,
) -> None:
    """Register an application; its secret is shown this once."""

    async def make(here: Instance) -> tuple[App, str]:
        if (client_id or client_secret) and not here.config.dev:
            raise Wrong("--client-id and --client-secret are for development: they need FEDCOMM_DEV=1")
        async with here.pool.transaction() as db:
            return await oauth.register(
                db,
                name=name,
                redirect_uris=list(redirect_uris),
                scopes=scopes.parse(asked),
                website=website,
                client_id=client_id,
                secret=client_secret,
                now=here.now(),
            )

    app, secret = run(make)
    if as_json:
        print_json({"id": str(app.id), "client_id": app.client_id, "client_secret": secret})
    else:
        click.echo(f"client_id     {app.client_id}\nclient_secret {secret}")
