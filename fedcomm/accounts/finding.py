"""Accounts as somebody may come across them: what is suspended, with us or with its whole server, is not found."""

from collections.abc import Iterable, Sequence

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.here import Here
from fedcomm.network import peers

MET = ("active", "disabled")
"""States of accounts that are shown; who was shut out is still named on what they wrote."""


async def by_id(db: Connection, account_id: int) -> Account:
    """The account with this id, as anybody may see it. Raises NotFound."""
    account = await lookup.by_id(db, account_id)
    if account is None or not await may_be_met(db, account):
        raise NotFound
    return account


async def by_ids(db: Connection, account_ids: Sequence[int]) -> list[Account]:
    """Many accounts in the order of the ids, without those that may not be seen."""
    found = await lookup.by_ids(db, account_ids)
    return await _met(db, [found[account_id] for account_id in dict.fromkeys(account_ids) if account_id in found])


async def may_be_met(db: Connection, account: Account) -> bool:
    """Whether this account is shown to anybody."""
    return account.state in MET and (account.is_local or not await peers.is_suspended(db, account.authority))


async def by_handle(db: Connection, here: Here, typed: str) -> Account | None:
    """Whom `name`, `@name` or `name@domain` means, among those known here."""
    handle, _, domain = typed.strip().removeprefix("@").partition("@")
    account = await lookup.by_handle(db, handle, domain or here.domain)
    return account if account is not None and await may_be_met(db, account) else None


async def by_address(db: Connection, here: Here, url: str) -> Account | None:
    """Whose page or ActivityPub id this is, among those known here."""
    page = url.removeprefix(here.base_url + "/@")
    account = await by_handle(db, here, page) if page != url and "/" not in page else await lookup.by_uri(db, url)
    return account if account is not None and await may_be_met(db, account) else None


async def _met(db: Connection, accounts: Iterable[Account]) -> list[Account]:
    shown = [account for account in accounts if account.state in MET]
    if all(account.is_local for account in shown):
        return shown
    shut = await peers.suspended(db)
    return [account for account in shown if account.is_local or shut.isdisjoint(peers.domains_above(account.authority))]
