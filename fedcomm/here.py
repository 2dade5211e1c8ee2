"""This instance's own addresses: the only place where our URLs are put together. Source: decisions D18, D20."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Here:
    """Where this instance lives.

    `base_url` has scheme, host and port and no final slash; `domain` is what stands after the @ in handles; `authority`
    is our own peer key (D20). None of these changes while rows exist. `media_base` is where browsers and apps get
    pictures and files, if that is not our `/media` (D64); it may change at any time.
    """

    base_url: str
    domain: str
    authority: str
    media_base: str = ""

    def account_uri(self, kind: str, handle: str) -> str:
        """The ActivityPub id of an account of ours."""
        if kind == "group":
            return f"{self.base_url}/groups/{handle}"
        if kind == "application":
            return f"{self.base_url}/actor"
        return f"{self.base_url}/u/{handle}"

    def account_url(self, handle: str) -> str:
        """The page of a person or group of ours."""
        return f"{self.base_url}/@{handle}"

    def page_url(self, path: str) -> str:
        """A page of ours by its path."""
        return f"{self.base_url}{path}"

    def post_uri(self, post_id: int) -> str:
        """The ActivityPub id of a post of ours, of any type."""
        return f"{self.base_url}/p/{post_id}"

    def post_url(self, author_handle: str, post_id: int) -> str:
        """The page of a post of ours."""
        return f"{self.base_url}/@{author_handle}/{post_id}"

    def activity_uri(self, activity_id: int) -> str:
        """The id of an activity of ours."""
        return f"{self.base_url}/a/{activity_id}"

    @property
    def media_url(self) -> str:
        """What the addresses of all pictures and files begin with, without a final slash."""
        return self.media_base or f"{self.base_url}/media"

    def file_url(self, name: str) -> str:
        """A file that was uploaded here, by its name in the store."""
        return f"{self.media_url}/files/{name}"

    def avatar_url(self, account_id: int, version: int) -> str:
        """The picture of an account, ours or not: nothing remote is hot-linked (D64)."""
        return f"{self.media_url}/avatars/{account_id}/{version}.png"

    def header_url(self, account_id: int, version: int) -> str:
        """The header picture of an account, ours or not."""
        return f"{self.media_url}/headers/{account_id}/{version}.png"

    def emoji_url(self, emoji_id: int, version: int) -> str:
        """The picture of a custom emoji, ours or not."""
        return f"{self.media_url}/emojis/{emoji_id}/{version}.png"

    def attachment_url(self, post_id: int, position: int, key: str = "") -> str:
        """A file of a post from elsewhere. `key`: of a post that not everybody may read, for who was shown it."""
        return f"{self.media_url}/posts/{post_id}/{position}" + (f"?key={key}" if key else "")

    def context_uri(self, root_id: int) -> str:
        """The conversation context of a thread that we own (D50)."""
        return f"{self.base_url}/t/{root_id}"

    def set_password_url(self, link: str) -> str:
        """The page behind a one-time link, where a password is set."""
        return f"{self.base_url}/set_password/{link}"

    def confirmation_url(self, link: str) -> str:
        """The page behind a link that confirms a mail address."""
        return f"{self.base_url}/confirm/{link}"

    def is_ours(self, uri: str) -> bool:
        """Whether a URI lies at this instance; `https://our.host.evil.test` does not (S046)."""
        return uri == self.base_url or uri.startswith(self.base_url + "/")

    @property
    def instance_actor_uri(self) -> str:
        """The ActivityPub id of the instance itself."""
        return f"{self.base_url}/actor"

    @property
    def shared_inbox_url(self) -> str:
        """Where other servers deliver once for all who live here."""
        return f"{self.base_url}/inbox"
