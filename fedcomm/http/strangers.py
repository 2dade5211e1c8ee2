"""What those who are not signed in may see of the place: decided here, for apps and pages alike.

A post, a group and a profile that are public stay so for who has their address; this is about what is gathered.
"""

from starlette.exceptions import HTTPException

from fedcomm.settings import Settings, StrangersSee

BOTH: tuple[StrangersSee, ...] = ("ours", "others")


def may_see(chosen: Settings, viewer_id: int | None, *wanted: StrangersSee) -> bool:
    """Whether somebody may see all of this; members may."""
    return viewer_id is not None or set(wanted) <= set(chosen.strangers_see)


def check(chosen: Settings, viewer_id: int | None, *wanted: StrangersSee) -> None:
    """The same for apps. Raises 422, as Mastodon says it."""
    if not may_see(chosen, viewer_id, *wanted):
        raise HTTPException(422, "This method requires an authenticated user")


def feed(*, local: bool, remote: bool) -> tuple[StrangersSee, ...]:
    """What is in a feed of our posts only, of others' only, or of all."""
    if local == remote:
        return BOTH
    return ("ours",) if local else ("others",)
