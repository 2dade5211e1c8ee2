"""How much of what others send we keep; the rest is cut off or dropped, never refused (S141, D37).

Lengths are characters, counts are entries. Ours are shorter (D37) and checked where our people type.
"""

RECIPIENTS = 1_000  # in each of `to` and `cc`
AUTHORS = 10
TAGS = 100
MENTIONS = 100
ATTACHMENTS = 16
POLL_OPTIONS = 500
FIELDS = 50
ALIASES = 20
KEYS = 10
CAPABILITIES = 50
DOMAINS = 20
FLAGGED = 100
COLLECTION_ITEMS = 1_000
INLINE_ITEMS = 100  # of a collection that stands inside another object

URL = 2_048  # bytes; a longer address is dropped: cut, it would be another one
BODY = 100_000
SUMMARY = 20_000
TITLE = 300
DISPLAY_NAME = 200
USERNAME = 100  # a longer one is dropped
BIO = 20_000
FIELD_NAME = 255
FIELD_VALUE = 2_047
ALT = 5_000
HASHTAG = 100  # a longer one is dropped
SHORTCODE = 100  # a longer one is dropped
OPTION = 500
PEM = 8_192
FILE_BYTES = 40 * 1024 * 1024  # of the file that a Video or Audio is; a larger one is left out
WORD = 255  # language tags, media types, statuses and the like

BIGGEST_NUMBER = 2**53 - 1  # what JSON canonicalisation (RFC 8785) can carry
