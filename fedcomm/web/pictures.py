"""Pictures in the forms that write a post: chosen, described, kept while the form is shown again (product 6; D37)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import msgspec

from fedcomm.errors import Invalid, NotFound
from fedcomm.http import uploading
from fedcomm.http.context import Site
from fedcomm.http.limits import UPLOADS, Limits
from fedcomm.looks.shown import Picture
from fedcomm.media import uploads
from fedcomm.media.uploads import Upload
from fedcomm.text import limits
from fedcomm.web import addressed


class PictureForm(msgspec.Struct):
    """A picture that the form has already, as it shall be."""

    id: str = ""
    alt: str = ""
    remove: str = ""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of a form. `refusal`: why one of them was not taken; the others are kept."""

    uploads: list[Upload]
    refusal: Invalid | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """Their ids, in order."""
        return tuple(each.id for each in self.uploads)


async def chosen(
    here: Site,
    owner_id: int,
    kept: Sequence[PictureForm],
    new_alt: Sequence[str],
    files: Mapping[str, BinaryIO],
    *,
    post_id: int | None = None,
) -> Chosen:
    """Take the new pictures of a form, and describe or remove those it had. `post_id`: the post that is edited.

    What is said of pictures of a post is not changed yet: that is part of the edit. Raises NotFound, TooMany.
    """
    found: list[Upload] = []
    refusal: Invalid | None = None
    for each in kept:
        try:
            upload = await _kept(here, owner_id, each, post_id)
        except Invalid as refused:
            refusal = refused
            async with here.read() as db:
                upload = await uploads.find(db, addressed.id_of(each.id))
        if upload is not None:
            found.append(upload)
    names = [name for name in (f"file_{number}" for number in range(limits.MEDIA)) if name in files]
    if len(found) + len(names) > limits.MEDIA:
        return Chosen(
            uploads=found,
            refusal=Invalid("A post may have at most %(n)s files.", n=limits.MEDIA, field="media_ids"),
        )
    for name in names:
        here.service(Limits).check(UPLOADS, owner_id)
        number = int(name.removeprefix("file_"))
        try:
            alt = new_alt[number] if number < len(new_alt) else ""
            found.append(await _taken(here, owner_id, files[name], alt))
        except Invalid as refused:
            refusal = refused
    return Chosen(uploads=found, refusal=refusal)


async def _kept(here: Site, owner_id: int, form: PictureForm, post_id: int | None) -> Upload | None:
    """A picture that was there before; None when it is taken out. Raises Invalid, NotFound."""
    upload_id = addressed.id_of(form.id)
    async with here.transaction() as db:
        found = await uploads.find(db, upload_id)
        if found is None or found.owner_id != owner_id or found.post_id not in (None, post_id):
            raise NotFound
        if form.remove:
            if found.post_id is None:
                await uploads.discard(db, owner_id, upload_id)
            return None
        if found.post_id is not None:
            return msgspec.structs.replace(found, description=uploads.described(form.alt))
        return await uploads.describe(db, owner_id, upload_id, description=form.alt)


async def _taken(here: Site, owner_id: int, file: BinaryIO, alt: str) -> Upload:
    """A new picture, ready. Raises Invalid."""
    upload = await uploading.take(here, owner_id, file, description=alt, is_awaited=True, is_picture=True)
    await asyncio.shield(uploading.make_ready(here, upload))
    async with here.read() as db:
        upload = await uploads.loose(db, owner_id, upload.id)
    if upload.state != "ready":
        raise Invalid("This picture could not be read.", field="media_ids")
    return upload


def shown(of: Sequence[Upload]) -> tuple[Picture, ...]:
    """As the form shows them."""
    return tuple(
        Picture(id=each.id, path=f"/files/{each.preview}" if each.preview else "", alt=each.description) for each in of
    )
