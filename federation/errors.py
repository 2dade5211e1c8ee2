"""What can go wrong between servers.

FederationError
  Malformed       what they sent, or the address we have, is not what it must be; asking again is no use (400)
    TooLarge      more bytes than we take (413)
    WrongType     a media type we do not read (415)
  Unauthentic     who said it is not proven (401)
  Unreachable     they could not be asked, or did not answer as they should; later may be better (503)

The numbers are what an inbox answers. Source: security-cases section 1.
"""


class FederationError(Exception):
    """Something between us and another server went wrong."""


class Malformed(FederationError):
    """What was sent, or the address given, is not what it must be."""


class TooLarge(Malformed):
    """More bytes were sent than we take."""


class WrongType(Malformed):
    """The media type is none that we read here."""


class Unauthentic(FederationError):
    """Who said it is not proven."""


class Unreachable(FederationError):
    """Another server could not be asked, or did not answer as it should. Never means that what it says is wrong."""

    def __init__(self, message: str = "", *, retry_after: int | None = None) -> None:
        """`retry_after`: seconds after which asking again makes sense, if anybody said so."""
        super().__init__(message)
        self.retry_after = retry_after
