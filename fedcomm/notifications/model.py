"""A notification, under the names that client apps know (groups-in-clients.md section 3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

NotificationType = Literal[
    "mention",
    "status",
    "reblog",
    "favourite",
    "follow",
    "follow_request",
    "update",
    "poll",
    "quote",
    "quoted_update",
    "admin.report",
    "added_to_collection",
    "collection_update",
    "fedcomm.refused",
    "fedcomm.removed",
    "moderation_warning",
    "fedcomm.appeal",
    "fedcomm.held",
    "fedcomm.emergency",
]

OWN_TYPES: dict[str, str] = {"fedcomm.refused": "update", "fedcomm.removed": "update"}
"""What only our own apps and pages know, and what others are told instead (D42)."""

SHOWN_AS = f"""CASE notification.type {" ".join(f"WHEN '{own}' THEN '{other}'" for own, other in OWN_TYPES.items())}
                     ELSE notification.type END"""
"""The same as an expression on rows of `notification`."""

PAGES_ONLY = ("fedcomm.appeal", "fedcomm.held", "fedcomm.emergency")
"""What apps are not told at all: no type they know comes near it."""

COLUMNS = """
    id, account_id, type, from_account_id, post_id, created_at, is_filtered, report_id, collection_id, statement_id
"""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody did something which concerns one of ours."""

    id: int
    account_id: int
    type: NotificationType
    from_account_id: int
    post_id: int | None
    created_at: datetime
    is_filtered: bool = False
    """The owner's policy holds it back."""
    report_id: int | None = None
    collection_id: int | None = None
    statement_id: int | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which of somebody's notifications."""

    types: Sequence[str] | None = None
    """Only these. None: all."""
    exclude_types: Sequence[str] = ()
    from_id: int | None = None
    """Only what this account did. None: anybody."""
    with_filtered: bool = False
    """Also what their policy holds back."""

    @property
    def values(self) -> tuple[list[str] | None, list[str], int | None, bool]:
        """In the order of the fields, as `notifications.reading.CHOSEN` takes them."""
        return list(self.types) if self.types else None, list(self.exclude_types), self.from_id, self.with_filtered


ALL = Wanted()
