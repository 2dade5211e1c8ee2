"""A private certificate authority, for fake servers that speak https."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import trustme


@dataclass(frozen=True, slots=True)
class Certificates:
    """`server`: for a server called localhost; `trusting`: for its clients; `pem`: the authority's certificate."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext
    pem: bytes

    def write(self, folder: Path) -> Path:
        """The authority's certificate as a file, as an operator would name it."""
        path = folder / "authority.pem"
        path.write_bytes(self.pem)
        return path


def make() -> Certificates:
    """A new authority and a certificate of it for `localhost`."""
    authority = cast("Any", trustme.CA())  # its types name a library that we do not have
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    return Certificates(server, trusting, authority.cert_pem.bytes())
