"""An association and two chapters, a group at each, and people who joined across: what `./run` shows, without words."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fedcomm.accounts.model import Account
from fedcomm.durations import Durations
from tests import running
from tests.fediverse.members import Member, member
from tests.running import Instance, MakeDatabase


@dataclass(frozen=True, slots=True)
class Network:
    """Ada lives at the association, Ben in the north, Cleo in the south; Dora, in the north, is a member everywhere."""

    association: Instance
    north: Instance
    south: Instance
    sales: Account
    """The group of the association."""
    northern: Account
    southern: Account
    ada: Member
    ben: Member
    cleo: Member
    dora: Member

    @property
    def all(self) -> tuple[Instance, Instance, Instance]:
        """The three instances."""
        return self.association, self.north, self.south

    @property
    def people(self) -> tuple[Member, ...]:
        """Everybody."""
        return self.ada, self.ben, self.cleo, self.dora

    async def settle(self) -> None:
        """Let all that is said arrive."""
        await running.settle(*self.all)


@asynccontextmanager
async def three(make_database: MakeDatabase, *, durations: Durations | None = None) -> AsyncGenerator[Network]:
    """The network in three new instances."""
    async with running.instances(make_database, 3, durations=durations) as (association, north, south):
        yield await founded(association, north, south)


async def founded(association: Instance, north: Instance, south: Instance) -> Network:
    """The network, settled: Ada is in all three groups, Ben and Cleo are in their own chapter's, Dora in all."""
    ada = await member(association, "ada")
    ben, dora = await member(north, "ben"), await member(north, "dora")
    cleo = await member(south, "cleo")
    network = Network(
        association,
        north,
        south,
        await association.group(ada.account, "sales"),
        await north.group(ben.account, "north"),
        await south.group(cleo.account, "south"),
        ada,
        ben,
        cleo,
        dora,
    )
    for person, groups in {
        ada: (network.northern, network.southern),
        dora: (network.sales, network.northern, network.southern),
    }.items():
        for group in groups:
            await person.join(group)
    await network.settle()
    return network
