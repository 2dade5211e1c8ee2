"""Which domain somebody had to register for a host: whoever owns that may give it any number of names (S146)."""

import ipaddress
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable(host: str) -> str | None:
    """`evil.test` for `n.evil.test`; None for an address and for a name without a dot.

    Names that a provider gives to its customers count for themselves, as far as the public suffix list knows it.
    The first call reads that list, which takes a tenth of a second: make it in a thread.
    """
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        found: str | None = _suffixes().privatesuffix(host)
        return found
    return None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
