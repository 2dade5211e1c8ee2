"""Links from our pages to other servers."""


def outside_url(url: str) -> str:
    """The address of a page elsewhere, or `#` where it is no web address: what others send may say `javascript:`."""
    return url if url.startswith(("https://", "http://")) else "#"
