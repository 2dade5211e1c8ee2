"""Accounts as those see them who look after the instance. Source: Mastodon API, entities/Admin_Account.

Mail addresses are shown to those only who may manage accounts; addresses of machines are not kept, so there are none.
"""

from collections.abc import Collection
from typing import Any

from fedcomm.accounts import logins, lookup, measures
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.groups import invitations
from fedcomm.http.context import Site


def account(
    here: Site,
    who: Account,
    login: Login | None,
    *,
    with_mail: bool = False,
    is_limited: bool = False,
    is_covered: bool = False,
) -> dict[str, Any]:
    """The Admin::Account entity."""
    return {
        "id": str(who.id),
        "username": who.handle,
        "domain": None if who.is_local else who.handle_domain,
        "created_at": stamp(who.created_at),
        "email": login.email if login is not None and with_mail else "",
        "ip": None,
        "ips": [],
        "locale": login.locale if login is not None else "",
        "invite_request": (login.reason or None) if login is not None and with_mail else None,
        "role": entities.role(login.role if login is not None else "member"),
        "confirmed": login is None or login.confirmed_at is not None,
        "approved": login is None or login.state != "pending",
        "disabled": who.state == "disabled",
        "sensitized": is_covered,
        "silenced": is_limited,
        "suspended": who.state == "suspended",
        "account": entities.account(here.here, who),
    }


async def by_ids(
    db: Connection, here: Site, account_ids: Collection[int], *, with_mail: bool = False
) -> dict[int, dict[str, Any]]:
    """The Admin::Account entities of these accounts, whatever their state."""
    people = await lookup.by_ids(db, account_ids) if account_ids else {}
    known = await logins.of_many(db, [each.id for each in people.values() if each.is_local])
    limited = await measures.limited(db, list(people))
    covered = await measures.covered(db, list(people))
    invited_by = await invitations.inviters(db, list(known))
    return {
        each.id: account(
            here,
            each,
            known.get(each.id),
            with_mail=with_mail,
            is_limited=each.id in limited,
            is_covered=each.id in covered,
        )
        | ({"invited_by_account_id": str(invited_by[each.id])} if each.id in invited_by else {})
        for each in people.values()
    }
