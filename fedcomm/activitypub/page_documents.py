"""Documents of what is ours at the addresses of its pages, for other servers that ask there (D18)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts.model import Account
from fedcomm.activitypub import answering, endpoints, featuring
from fedcomm.http.context import site


class PageDocuments:
    """What the pages hand over to when another server asks; fulfils `fedcomm.http.documents.Documents`."""

    def are_wanted(self, request: Request) -> bool:
        """Whether another server asks rather than a person."""
        return answering.wants_document(request)

    async def of_account(self, request: Request, account: Account) -> Response:
        """The actor document of an account of ours."""

        @endpoints.for_peers
        async def answer(asked: Request) -> Response:
            may_read = await answering.may_read_profile(asked)
            return await endpoints.actor_answer(site(asked), account, with_profile=may_read)

        return await answer(request)

    async def of_post(self, request: Request) -> Response:
        """The document of the post of ours whose id is in the path. Raises NotFound."""
        return await endpoints.show_post(request)

    async def of_collection(self, request: Request, owner: Account) -> Response:
        """The document of the collection whose number is in the path. Raises NotFound."""
        return await endpoints.for_peers(lambda asked: featuring.collection_answer(asked, owner))(request)
