"""One instance for all tests of a module that leave others alone; those that change its settings run their own."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from fedcomm.groups.model import CarryPolicy, JoinRule
from fedcomm.permissions import InstanceRole
from fedcomm.threads import drafting, posting
from fedcomm.threads.model import Post
from tests.conftest import new_database
from tests.running import PASSWORD, Instance, instance

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A running instance, and quick ways to people it; names are made to be the only ones."""

    at: Instance

    async def person(self, name: str = "ada", *, role: InstanceRole = "member") -> Account:
        """Somebody who can sign in."""
        return await self.at.person(f"{name}_{next(_numbers)}", role=role, password=PASSWORD)

    async def group(
        self,
        founder: Account,
        *members: Account,
        name: str = "bakers",
        join_rule: JoinRule = "open",
        carry_policy: CarryPolicy = "auto",
    ) -> Account:
        """A group with members."""
        made = await self.at.group(founder, f"{name}_{next(_numbers)}", join_rule=join_rule, carry_policy=carry_policy)
        await self.join(made, *members)
        return made

    async def join(self, group: Account, *members: Account) -> None:
        """Let people be members of a group."""
        async with self.at.db() as db:
            for member in members:
                await membership.join(db, self.at.here, member, group, now=self.at.site.now())

    async def write(
        self,
        by: Account,
        text: str,
        *groups: Account,
        title: str | None = None,
        parent: Post | None = None,
        visibility: str = "public",
    ) -> Post:
        """Publish a thread, a reply or a personal post."""
        async with self.at.db() as db:
            draft = await drafting.from_text(
                db,
                self.at.here,
                by,
                text,
                title=title,
                group_ids=[group.id for group in groups],
                parent_id=parent.id if parent else None,
                visibility=visibility,
                now=self.at.site.now(),
            )
            return await posting.publish(db, self.at.here, by, draft, now=self.at.site.now())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A running instance. Tests that use it are marked `pytest.mark.asyncio(loop_scope="module")`."""
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("data")) as at:
        yield Place(at)
