"""This instance's own addresses: the only place where our URLs are put together. Source: decisions D18, D20."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Here:
    """Where this instance lives.

    `base_url` has scheme, host and port and no final slash; `domain` is what stands after the @ in handles; `authority`
    is our own peer key (D20). None of these changes while rows exist.
    """

    base_url: str
    domain: str
    authority: str

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

    def post_uri(self, post_id: int) -> str:
        """The ActivityPub id of a post of ours, of any type."""
        return f"{self.base_url}/p/{post_id}"

    def post_url(self, author_handle: str, post_id: int) -> str:
        """The page of a post of ours."""
        return f"{self.base_url}/@{author_handle}/{post_id}"

    def activity_uri(self, activity_id: int) -> str:
        """The id of an activity of ours."""
        return f"{self.base_url}/a/{activity_id}"

    def file_url(self, name: str) -> str:
        """A file that was uploaded here, by its name in the store."""
        return f"{self.base_url}/media/files/{name}"

    def context_uri(self, root_id: int) -> str:
        """The conversation context of a thread that we own (D50)."""
        return f"{self.base_url}/t/{root_id}"

    def set_password_url(self, link: str) -> str:
        """The page behind a one-time link, where a password is set."""
        return f"{self.base_url}/set_password/{link}"

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
