"""An instance keeps the address under which it began: everything that it ever said to others names it."""

from fedcomm.accounts import signup
from fedcomm.config import Config, Wrong
from fedcomm.database import Pool


async def check(pool: Pool, settings: Config) -> None:
    """Raises Wrong when what is kept here began under another address than the settings say (T15).

    In development addresses change with their ports; nobody elsewhere remembers them.
    """
    if settings.dev:
        return
    async with pool.transaction(readonly=True) as db:
        began = await signup.began_as(db)
    if began is not None and began != settings.here.instance_actor_uri:
        name = began.removesuffix("/actor")
        raise Wrong(
            f"FEDCOMM_DOMAIN or FEDCOMM_HOST: what is kept here began as {name} and cannot become"
            f" {settings.base_url}: other servers know its people and posts by that address"
        )
