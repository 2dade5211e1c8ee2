"""Who lives at the large instance, and how much of what belongs to them."""

DOMAIN = "localhost:9"
"""In handles and ids, wherever the instance listens."""
BASE = f"http://{DOMAIN}"

GROUPS = 100
QUIET = range(61, 101)
"""Groups where nothing was said for long: three old threads each."""
HUGE = 1
"""The group with followers everywhere."""
BUSY = 2
READER, QUIET_READER, NEW_READER, TAG_READER, KEEN_READER, OWNER = 101, 102, 103, 104, 105, 106
LOCAL = 2_100
"""The greatest id of an account of ours."""
REMOTE = range(10_001, 110_001)
"""Accounts elsewhere; all of them follow the huge group."""
HOSTS = 5_000
DEAD_PEERS, WAITING_EACH = 50, 1_000
REPLIES, FEW_REPLIES = 10_000, 100
"""Of two threads."""
CHATS = 300
TOLD = 3_000
"""Conversations and notifications of the reader."""

ASKER = GROUPS + 50
LONG, HUNDRED = (1577836800_000 + 1_000_000) << 16, (1577836800_000 + 200_000_000) << 16
"""The threads of 10,000 and of a hundred replies, and who began both."""
