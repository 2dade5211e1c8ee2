"""What members and other servers complain of. What is done about it: `/reports` (product 13)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.pages import admin_page
from fedcomm.http.router import Route
from fedcomm.looks import report_queue

PATH = "/admin/reports"


@admin_page("see reports")
async def page(request: Request) -> Response:
    """The open reports, or those that were resolved, newest first."""
    return await report_queue.page(request, "admin/reports.html", PATH)


routes = [Route(PATH, page)]
