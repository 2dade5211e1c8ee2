"""Posts that wait for their time, as clients see them. Source: Mastodon API documentation, entities/ScheduledStatus."""

from collections.abc import Sequence
from typing import Any

from fedcomm.api.entities.media import upload
from fedcomm.api.entities.polls import PollForm, asked
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.media import uploads
from fedcomm.threads.scheduled import Scheduled


async def many(db: Connection, here: Here, found: Sequence[Scheduled]) -> list[dict[str, Any]]:
    """The ScheduledStatus entities of these posts; those that could not be published say why, under our own key."""
    files = await uploads.reserved(db, [each.id for each in found])
    return [
        {
            "id": str(each.id),
            "scheduled_at": stamp(each.due_at),
            "params": _params(each),
            "media_attachments": [
                upload(here, files[int(media_id)]) for media_id in each.form["media_ids"] if int(media_id) in files
            ],
            **({"fedcomm": {"failure": each.failure}} if each.failure else {}),
        }
        for each in found
    ]


def _poll(form: PollForm | None) -> dict[str, Any] | None:
    """A poll that is to be asked; its time begins when it is."""
    if form is None:
        return None
    return {
        "options": form.options,
        "expires_in": form.expires_in,
        "multiple": bool(form.multiple),
        "hide_totals": bool(form.hide_totals),
    }


def _params(each: Scheduled) -> dict[str, Any]:
    form = each.form
    answered = str(form.get("in_reply_to_id") or "")
    return {
        "text": form["status"],
        "media_ids": [str(media_id) for media_id in form["media_ids"]] or None,
        "poll": _poll(asked(form.get("poll"))),
        "sensitive": form.get("sensitive"),
        "spoiler_text": form.get("spoiler_text"),
        "visibility": form.get("visibility") or "public",
        "in_reply_to_id": int(answered) if answered else None,
        "language": form.get("language"),
        "application_id": each.app_id,
        "scheduled_at": None,
        "idempotency": None,
        "with_rate_limit": False,
    }
