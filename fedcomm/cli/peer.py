"""`./run peer`: what is decided about other servers."""

import click

from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.network import peers
from fedcomm.network.peers import Peer

DECISIONS = {
    "allow": (peers.allow, "allowed", "Put a server on the allow list, and exchange with it."),
    "limit": (peers.limit, "limited", "Exchange with a server, but show its posts only to those who follow them."),
    "suspend": (peers.suspend, "suspended", "Neither hear nor show nor send to a server; all is kept."),
    "restore": (peers.restore, "restored", "Take back whatever was decided about a server."),
}


@click.group()
def command() -> None:
    """Other servers: list them, and decide about them."""


@command.command("list")
@click.option("--policy", type=click.Choice(["allowed", "limited", "suspended"]), help="Only those decided so.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_peers(policy: peers.Policy | None, as_json: bool) -> None:
    """The servers we know, by name."""

    async def read(here: Instance) -> list[Peer]:
        found: list[Peer] = []
        async with here.pool.connection() as db:
            while page := await peers.page(db, of_policy=policy, after=found[-1].authority if found else ""):
                found += page
        return found

    found = run(read)
    if as_json:
        print_json(found)
        return
    print_table(
        ("server", "decided", "software", "heard from", "waiting", "last error"),
        [
            (
                each.authority,
                each.policy,
                f"{each.software_name} {each.software_version or ''}" if each.software_name else None,
                each.last_inbound_at,
                each.waiting,
                each.last_error if each.failing_since else None,
            )
            for each in found
        ],
    )


def _decide(verb: str) -> None:
    act, done, told = DECISIONS[verb]

    @command.command(verb, help=told)
    @click.argument("domain")
    @click.option("--reason", default="", help="Why; kept in the audit log.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    def decide(domain: str, reason: str, as_json: bool) -> None:  # pyright: ignore[reportUnusedFunction]  # click has it
        async def change(here: Instance) -> bool:
            async with here.pool.transaction() as db:
                return await act(db, None, domain, reason, now=here.now())

        changed = run(change)
        if as_json:
            print_json({"domain": domain, "changed": changed})
        else:
            click.echo(f"{domain}: {done}" if changed else f"{domain}: nothing to change")


for _verb in DECISIONS:
    _decide(_verb)
