"""What the pages need of the ActivityPub edge: a page's address asked for by another server answers its document (D18).

`activitypub/page_documents.py` fulfils it; edges do not import one another, so `app.py` hands it in.
"""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts.model import Account


class Documents(Protocol):
    """Documents in place of pages."""

    def are_wanted(self, request: Request) -> bool:
        """Whether another server asks rather than a person."""
        ...

    async def of_account(self, request: Request, account: Account) -> Response:
        """The actor document of an account of ours."""
        ...

    async def of_post(self, request: Request) -> Response:
        """The document of the post of ours whose id is in the path. Raises NotFound."""
        ...

    async def of_collection(self, request: Request, owner: Account) -> Response:
        """The document of the collection of an account of ours whose number is in the path. Raises NotFound."""
        ...
