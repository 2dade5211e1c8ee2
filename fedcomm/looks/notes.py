"""One sentence about what just happened, shown once on the page that follows it.

The browser keeps a code between the two pages, never a text, so that nobody can put words on our pages.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.http.context import Site, site
from fedcomm.http.pages import cookie_name, keep_cookie
from fedcomm.looks.shown import Message

KEPT_SECONDS = 60


def cookie(here: Site) -> str:
    """The name of the cookie."""
    return cookie_name(here) + "_note"


def then(request: Request, path: str, note: str = "") -> Response:
    """After a form: on to a page of ours, with a note to show there. `path` is ours already (S130)."""
    response = RedirectResponse(path, 303)
    if note:
        here = site(request)
        keep_cookie(response, here, cookie(here), note, seconds=KEPT_SECONDS)
    return response


def message(code: str, _: Callable[[str], str]) -> Message | None:
    """The note of a code, in the reader's language; None for a code we do not know."""
    if code in _PROBLEMS:
        return Message(text=_told(_).get(code, ""), kind="problem")
    text = _told(_).get(code)
    return Message(text=text, kind="note" if code in _WAITING else "done") if text else None


_PROBLEMS: frozenset[str] = frozenset({"gone", "connected-elsewhere", "own-complaint", "not-told"})
_WAITING = frozenset(
    {
        "asked-to-join",
        "asked-to-follow",
        "asked-to-carry",
        "much-at-first",
        "asked-to-take",
        "asked-group",
        "asked-already",
        "emergency-asked",
        "group-asked",
        "held",
        "signed-out",
        "look-into-mail",
    }
)


def _told(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "saved": _("Saved."),
        "emergency-open": _("You can read it now. The members of the group are told."),
        "emergency-asked": _("The other admins are told. It begins once one of them confirms it."),
        "asked-already": _("You have asked for this group already."),
        "told-here": _("You are told on this device from now on."),
        "not-told-here": _("You are told on this device no more."),
        "not-told": _("This browser cannot be told. Please try again."),
        "group-followed": _("The group follows it. What is new there is shown here from now on."),
        "group-asked": _("The other group is asked. What is new there is shown here as soon as it says yes."),
        "published": _("Published."),
        "sent": _("Sent."),
        "taken-off": _("The conversation is off your list. What was said stays."),
        "replied": _("Your reply is there."),
        "voted": _("Your vote is counted."),
        "much-at-first": _(
            "Sent. The server of this group shows only about four posts of somebody new on their first day there, and"
            " says nothing about the others: please look there tomorrow."
        ),
        "held": _("Thank you. A facilitator looks at it before it appears."),
        "edited": _("Your changes are saved."),
        "deleted": _("Deleted."),
        "import-begun": _("It is being taken over."),
        "notice-taken": _("Your notice has arrived. Thank you."),
        "export-begun": _("It is being put together."),
        "export-stopped": _("It was stopped. Nothing of it is left."),
        "connected": _("Connected. From now on it lets you in here."),
        "connected-elsewhere": _("It is connected with another account here, or yours has one already."),
        "disconnected": _("Disconnected. Your password lets you in."),
        "mail-works": _("The mail server has taken a letter. Please look whether it arrives."),
        "rule-away": _("The rule holds no more. Below, it can be put back."),
        "brought-back": _("It is in the group again."),
        "removed": _("It is no longer in the group."),
        "joined": _("You are in. Say hello, or ask what you have always wanted to ask."),
        "asked-to-join": _("Your request is on its way. You will be a member as soon as the group says yes."),
        "left": _("You are no longer a member."),
        "followed": _("You follow them now."),
        "asked-to-follow": _("You have asked to follow them."),
        "unfollowed": _("You do not follow them any more."),
        "let-follow": _("They follow you now."),
        "refused": _("Refused."),
        "admitted": _("They are members now."),
        "thread-moved": _("The thread stands in its new group, with all answers."),
        "asked-to-take": _("Asked. The thread moves as soon as the other group says yes."),
        "thread-taken": _("You take the thread. It moves here as soon as its old group has heard of it."),
        "carried": _("The thread is shown in this group as well."),
        "asked-to-carry": _("The group has been asked to show the thread."),
        "declined": _("Declined."),
        "moved": _("You have moved. Your followers are told."),
        "locked": _("The thread is closed. What was said stays."),
        "unlocked": _("The thread is open again."),
        "asked-group": _("The group's server is asked. What it decides shows here."),
        "pinned": _("The thread stands on top of its group."),
        "unpinned": _("The thread stands on top no longer."),
        "appointed": _("Their role is changed."),
        "put-out": _("They are out of the group."),
        "let-back": _("They may come back."),
        "noted": _("Your note is on its way to the author."),
        "asked-to-edit": _("The author is asked to change it, and told why."),
        "hidden": _("It is hidden for the group's own people. The author is told why."),
        "shown-again": _("It shows to the group's people again."),
        "paused-member": _("They read and do not write until then. They are told why."),
        "writes-again": _("They may write again."),
        "group-moved": _("The group has moved. Its members are told."),
        "farewell": _("Your account is ended. Farewell."),
        "ended": _("The account is ended. What they wrote goes."),
        "taken-out": _("The thread is no longer shown in that group."),
        "group-made": _("Your group is there. Start its first thread, then ask others to join."),
        "welcome": _("Welcome! Join a group to begin with."),
        "password-set": _("Your new password is saved. You are signed in."),
        "password-changed": _("Your new password is saved. All other sessions have ended."),
        "session-ended": _("That session has ended."),
        "sessions-ended": _("All other browsers are signed out."),
        "app-ended": _("The app is disconnected."),
        "signed-out": _("You are signed out."),
        "address-confirmed": _("Your mail address is confirmed."),
        "look-into-mail": _("Look into your mail: a link is on its way to the new address."),
        "approved": _("They can sign in now."),
        "rejected": _("The request is turned down."),
        "reported": _("Thank you. Those who look after it are told."),
        "muted": _("You do not see what they write any more. They do not learn of it."),
        "blocked": _("You and they have nothing to do with each other any more."),
        "consent-taken-back": _("Your post is no longer shown there."),
        "invited": _("Your invitations are on their way."),
        "mail-stopped": _("No invitation is mailed to you from here any more."),
        "held-mail-stopped": _("You are mailed no more when posts wait. You can change that under “Notices”."),
        "list-made": _("Your list is there. Put somebody in."),
        "tag-followed": _("You follow this tag now."),
        "tag-unfollowed": _("You do not follow this tag any more."),
        "endorsed": _("They stand on your page now."),
        "passed-on": _("Those who run this instance are told."),
        "revoked": _("The invitation lets nobody in any more."),
        "list-read": _("The list is read. Nothing has to be done."),
        "unsubscribed": _("The list is not read any more."),
        "retried": _("What waits is tried again now."),
        "given-up": _("What waited was given up. It can be tried again."),
        "paused": _("Nothing is sent to this instance until you resume."),
        "released": _("What waits is sent now."),
        "resumed": _("This instance is sent to again."),
        "let-go": _("It is off the list."),
        "dropped": _("What waited was thrown away."),
        "gone": _("That is gone already."),
        "let-through": _("It is there for everybody now."),
        "taken-back": _("Taken back."),
        "own-complaint": _("This is your own complaint: somebody else decides about it."),
        "appealed": _("Your appeal is there. Somebody else looks at it now."),
    }
