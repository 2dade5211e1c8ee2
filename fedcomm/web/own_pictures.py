"""Picture and header picture of oneself or of one's group: chosen, described, removed on a page (product 6; D37)."""

import asyncio
from typing import BinaryIO, cast

import msgspec
from starlette.requests import Request

from fedcomm.accounts.model import Account
from fedcomm.accounts.profiles import Changes
from fedcomm.http import own_pictures
from fedcomm.http.context import Site
from fedcomm.http.forms import convert
from fedcomm.http.pages import sent
from fedcomm.looks import cards
from fedcomm.looks.shown import OwnPictures
from fedcomm.media.pictures import LARGEST_PICTURE

NOTHING = Changes()


class PicturesForm(msgspec.Struct):
    """What is said of them, and whether they are to go; new ones come as files."""

    avatar_description: str = ""
    header_description: str = ""
    remove_avatar: str = ""
    remove_header: str = ""


def form_of(account: Account) -> PicturesForm:
    """What is said of them now."""
    return PicturesForm(account.avatar_description, account.header_description)


def read(request: Request) -> PicturesForm:
    """The form that was sent, but for its files. Raises Invalid."""
    return convert(PicturesForm, sent(request).given)


async def changes(here: Site, request: Request, account: Account, form: PicturesForm) -> Changes:
    """What a form changes; its new pictures are in the store already. Raises Invalid, which names the field."""
    files = {kind: file for kind, file in sent(request).files.items() if kind in own_pictures.KINDS}
    wanted: dict[str, str] = dict(
        await own_pictures.kept(here, {kind: await _bytes(file) for kind, file in files.items()})
    )
    now = {"avatar": account.avatar_url, "header": account.header_url}
    for kind in own_pictures.KINDS:
        said, removes = f"{kind}_description", bool(getattr(form, f"remove_{kind}")) and kind not in wanted
        if removes and now[kind]:
            wanted[kind] = ""
        described = "" if removes else cast("str", getattr(form, said)).strip()
        if described != getattr(account, said):
            wanted[said] = described
    return Changes(
        avatar=wanted.get("avatar"),
        header=wanted.get("header"),
        avatar_description=wanted.get("avatar_description"),
        header_description=wanted.get("header_description"),
    )


async def _bytes(file: BinaryIO) -> bytes:
    """A file, or as much of it as shows that it is too large."""
    return await asyncio.to_thread(file.read, LARGEST_PICTURE + 1)


def shown(account: Account, form: PicturesForm) -> OwnPictures:
    """As the form shows them."""
    return OwnPictures(
        account=cards.account_card(account),
        header_path=cards.header_path(account),
        has_avatar=account.avatar_url is not None,
        has_header=account.header_url is not None,
        avatar_description=form.avatar_description,
        header_description=form.header_description,
    )
