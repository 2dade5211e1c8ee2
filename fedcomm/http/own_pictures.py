"""The pictures of an account of ours, as apps and pages set them: made anew like all pictures, those before leave the
store (product 6; D64; S107).
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager

from fedcomm.accounts import lookup
from fedcomm.accounts.profiles import Changes
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.auth import forget_tokens
from fedcomm.http.context import Site
from fedcomm.media import uploads
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store

KINDS = ("avatar", "header")


async def kept(here: Site, files: Mapping[str, bytes]) -> dict[str, str]:
    """Store the pictures among these files, avatars small and headers large: all or none; their names in the store.

    Raises Invalid, which names the picture at fault.
    """
    names: dict[str, str] = {}
    for kind in KINDS:
        if kind not in files:
            continue
        try:
            prepared = await here.service(Pictures).prepare(files[kind])
        except Invalid as refused:
            await _forget(here, names.values())
            raise Invalid(refused.message, field=kind, **refused.values) from None
        names[kind] = await uploads.keep_one(here.service(Store), prepared, is_small=kind == "avatar")
    return names


@asynccontextmanager
async def replacing(here: Site, account_id: int, changes: Changes) -> AsyncGenerator[Connection]:
    """The transaction in which an account is changed; pictures that nothing shows any longer leave the store after it.

    When it fails these are the new ones.
    """
    unused = [changes.avatar, changes.header]
    try:
        async with here.transaction() as db:
            before = await lookup.by_id(db, account_id)
            yield db
        assert before is not None
        unused = [
            before.avatar_url if changes.avatar is not None else None,
            before.header_url if changes.header is not None else None,
        ]
    finally:
        await _forget(here, filter(None, unused))
    forget_tokens(here)


async def _forget(here: Site, names: Iterable[str]) -> None:
    for name in names:
        await here.service(Store).delete(name)
