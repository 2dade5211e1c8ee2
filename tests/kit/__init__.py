"""The bad-peer kit: small real HTTP servers on localhost that play the rest of the fediverse, well or badly.

    async with FakeServer() as server:                      # one authority, http://localhost:<free port>
        server.on("/actor", answers.redirect("/elsewhere"))  # what it answers, by script
        ...
        (seen,) = await server.received(1)                   # what it was asked; waits, but not for ever

    async with FakePeer(software="lemmy") as peer:           # an ActivityPub server with actors and keys
        ada = peer.add("ada")
        sent = await ada.send(our_inbox, ada.creates({"type": "Note", "content": "Hi"}))
        assert sent.status == 202
        (accept,) = await peer.got(1, type="Accept")         # what arrived in its inboxes

    async with many(1000) as servers: ...                    # a thousand authorities in this process

`servers` listens and records, `answers` are the scripts (also the hostile ones), `peers` play ActivityPub,
`signing` signs as others do, with no code of ours, and can do it wrongly.
"""

from tests.kit.peers import FakeActor, FakePeer, Sent
from tests.kit.servers import Exchange, FakeServer, Script, Seen, many

__all__ = ["Exchange", "FakeActor", "FakePeer", "FakeServer", "Script", "Seen", "Sent", "many"]
