"""What went wrong, as a page for people."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Refusal
from fedcomm.http.errors import DEFAULT_TEXTS
from fedcomm.looks.frame import show, texts
from fedcomm.looks.refusals import sentence


async def error_page(request: Request, status: int, text: str) -> Response:
    """An error as a page in the frame of all others; a sentence that says nothing more than its number is left out."""
    if status >= 500:
        request.state.visitor = None  # the database may be what is wrong: the page must do without it
    _ = await texts(request)
    refused = getattr(request.state, "refused", None)
    own = sentence(refused, _) if isinstance(refused, Refusal) and refused.message else _(text)
    if text == DEFAULT_TEXTS.get(status):
        own = ""
    return await show(
        request,
        "error.html",
        status=status,
        text=own,
        retry_after=0,
        is_hidden_from_search=True,
    )
