"""How long things may be, in characters. `v2/instance` announces the same numbers. Source: decisions D34, D37."""

BODY = 10_000
BODY_FROM_OUTSIDE = 100_000
TITLE = 150
TITLE_FROM_TEXT = 120
WARNING = 500
NAME = 60
BIO = 1_000
PROFILE_FIELDS = 4
MEDIA = 4
MEDIA_FROM_OUTSIDE = 16
ALT_TEXT = 1_500
PICTURE_OF_PROFILE = 150
"""What is said about an avatar or a header."""
ATTRIBUTION_DOMAINS = 10
POLL_OPTIONS_MIN = 2
POLL_OPTIONS = 8
POLL_OPTIONS_FROM_OUTSIDE = 500
POLL_OPTION = 50
POLL_OPTION_FROM_OUTSIDE = 500
POLL_SECONDS_MIN = 300
POLL_SECONDS = 2_629_746
"""How long a poll is open: from five minutes to a month, as clients know it."""
TAGS = 5
TAGS_FROM_OUTSIDE = 100
MENTIONS = 50
MENTIONS_FROM_OUTSIDE = 100
SUMMARY = 1_000
"""Up to here a thread travels whole in its summary, beyond as an excerpt. Source: D16."""
