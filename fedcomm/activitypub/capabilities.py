"""What this server can do, as others read it on our instance actor and in NodeInfo (FEP-844e; D17)."""

from federation.relaying import CARRYING, FEP_1B12
from federation.vocabulary.actors import Capability

IMPLEMENTS = (
    Capability("https://datatracker.ietf.org/doc/html/rfc9421", "RFC 9421"),
    Capability(FEP_1B12, "FEP-1b12"),
    Capability("https://w3id.org/fep/8b32", "FEP-8b32"),
    Capability("https://w3id.org/fep/f228", "FEP-f228"),
    Capability(CARRYING, "fedcomm carrying"),
)

FEATURES = (
    CARRYING,
    "fep-1b12",
    "fep-2677",
    "fep-521a",
    "fep-7888",
    "fep-844e",
    "fep-8b32",
    "fep-8fcf",
    "fep-d556",
    "fep-f228",
    "fep-fe34",
)
"""For NodeInfo's `metadata.capabilities`."""
