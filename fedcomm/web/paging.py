"""Pages of timelines in the browser: as all pages have them."""

from fedcomm.looks.paging import PAGE, Paged, cursor, paged

__all__ = ["PAGE", "Paged", "cursor", "paged"]
