"""A fake ActivityPub server: actors with keys, documents, WebFinger, NodeInfo, inboxes; it sends what it is told to.

    async with FakePeer(software="mastodon") as peer:
        ada = peer.add("ada")
        note = ada.writes("Which oven?", to=[group_uri])           # served at its id from now on
        sent = await ada.send(inbox_url, ada.does("Create", note))  # signed POST; sent.status
        sent = await ada.send(inbox_url, ..., tamper=Tamper(flipped=True))
        (accept,) = await peer.got(1, type="Accept")               # waits for what arrives in any of its inboxes
        peer.server.on("/users/ada", answers.hang())                # misbehave anywhere

Documents are answered unsigned unless `peer.is_secure` is set.
"""

import itertools
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self, cast

import httpx2 as httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import tests.kit.answers as answers
from tests import keys
from tests.kit.servers import WITHIN, Exchange, FakeServer, Script, Seen
from tests.kit.signing import HONEST, Tamper, signed_headers

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]

_next_key = itertools.count()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server under test answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, eq=False)
class FakeActor:
    """Somebody at a fake peer. `more` is added to the actor document, in place of what stands there."""

    peer: "FakePeer"
    name: str
    kind: str
    path: str
    key: RSAPrivateKey
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def id(self) -> str:
        """The actor's URI."""
        return self.peer.server.url(self.path)

    @property
    def key_id(self) -> str:
        """The URI of the actor's key."""
        return f"{self.id}#main-key"

    @property
    def inbox(self) -> str:
        """The actor's own inbox."""
        return f"{self.id}/inbox"

    @property
    def handle(self) -> str:
        """`name@authority`."""
        return f"{self.name}@{self.peer.server.authority}"

    @property
    def public_pem(self) -> str:
        """The public key as documents carry it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def document(self) -> dict[str, Any]:
        """The actor as it is served now."""
        return {
            "@context": CONTEXT,
            "id": self.id,
            "type": self.kind,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "summary": f"<p>{self.name} of {self.peer.server.authority}</p>",
            "url": self.peer.server.url(f"/@{self.name}"),
            "inbox": self.inbox,
            "outbox": f"{self.id}/outbox",
            "followers": f"{self.id}/followers",
            "following": f"{self.id}/following",
            "endpoints": {"sharedInbox": self.peer.shared_inbox},
            "published": "2024-03-01T00:00:00Z",
            "publicKey": {"id": self.key_id, "owner": self.id, "publicKeyPem": self.public_pem},
        } | self.more

    def does(self, type: str, object: Any, **more: Any) -> dict[str, Any]:
        """An activity of this actor, addressed as its object is unless told otherwise."""
        about = cast("dict[str, Any]", object) if isinstance(object, dict) else {}
        addressed = {name: about[name] for name in ("to", "cc", "audience") if name in about}
        return {
            "@context": CONTEXT,
            "id": self.peer.new_id("activities"),
            "type": type,
            "actor": self.id,
            "object": object,
            **addressed,
            **more,
        }

    def writes(self, content: str, *, type: str = "Note", to: Iterable[str] = (PUBLIC,), **more: Any) -> dict[str, Any]:
        """An object of this actor, served at its id from now on."""
        note = {
            "@context": CONTEXT,
            "id": self.peer.new_id("notes"),
            "type": type,
            "attributedTo": self.id,
            "content": f"<p>{content}</p>",
            "to": list(to),
            "cc": [f"{self.id}/followers"],
            "published": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **more,
        }
        self.peer.publish(note)
        return note

    async def send(
        self,
        inbox: str,
        activity: Mapping[str, Any] | bytes,
        *,
        scheme: Literal["cavage", "rfc9421"] = "cavage",
        content_type: str = answers.ACTIVITY_JSON,
        tamper: Tamper = HONEST,
        also: Mapping[str, str] | None = None,
    ) -> Sent:
        """POST an activity (or any bytes) to an inbox, signed by this actor with headers `also`, spoiled as told."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        headers = signed_headers(self.key, self.key_id, url=inbox, body=body, scheme=scheme, tamper=tamper, also=also)
        return await self.peer.post(inbox, body if tamper.body is None else tamper.body, content_type, headers)

    async def get(self, url: str, *, accept: str = answers.ACTIVITY_JSON, tamper: Tamper = HONEST) -> Sent:
        """A signed GET."""
        headers = signed_headers(self.key, self.key_id, url=url, body=None, method="GET", tamper=tamper)
        return await self.peer.get(url, {"Accept": accept, **headers})


class FakePeer:
    """One fake ActivityPub server, entered to run it.

    software, version, capabilities: what its NodeInfo says. trust: the context with which it calls https servers.
    """

    def __init__(
        self,
        *,
        software: str = "mastodon",
        version: str = "4.5.0",
        capabilities: Iterable[str] = (),
        tls: ssl.SSLContext | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.server = FakeServer(tls=tls)
        self.actors: dict[str, FakeActor] = {}
        self.is_secure = False
        self.inbox_answer: Script = answers.status(202)
        self.software = software
        self.version = version
        self.capabilities = list(capabilities)
        self._documents: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._client = httpx.AsyncClient(
            trust_env=False, timeout=20, verify=trust or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self.server.otherwise(self._answer)

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
        await self.server.stop()

    @property
    def shared_inbox(self) -> str:
        """The inbox of all who live here."""
        return self.server.url("/inbox")

    def add(self, name: str, kind: str = "Person", **more: Any) -> FakeActor:
        """Somebody new: `Person` below /users, others below /c. `more` goes into the actor document."""
        path = f"/users/{name}" if kind == "Person" else f"/c/{name}"
        actor = FakeActor(self, name, kind, path, keys.rsa_key(next(_next_key)), more)
        self.actors[path] = actor
        return actor

    def new_id(self, folder: str) -> str:
        """A new URI here."""
        return self.server.url(f"/{folder}/{next(self._numbers)}")

    def publish(self, document: Mapping[str, Any]) -> None:
        """Serve this at its id, in place of what was there."""
        self._documents[document["id"].removeprefix(self.server.base)] = dict(document)

    def withdraw(self, uri: str) -> None:
        """Serve a tombstone there, with status 410."""
        self._documents[uri.removeprefix(self.server.base)] = {"id": uri, "type": "Tombstone"}

    def arrived(self) -> list[Seen]:
        """All POSTs that came to an inbox, in order."""
        return [seen for seen in self.server.seen if seen.method == "POST" and seen.path.endswith("/inbox")]

    async def got(self, count: int = 1, *, type: str | None = None, within: float = WITHIN) -> list[dict[str, Any]]:
        """The activities that came to any inbox (of this type), once there are at least so many.

        Raises AssertionError, with what came, when they do not come in time.
        """

        def fits(seen: Seen) -> bool:
            if seen.method != "POST" or not seen.path.endswith("/inbox"):
                return False
            return type is None or seen.json().get("type") == type

        return [seen.json() for seen in await self.server.matching(fits, count, within=within)]

    async def post(self, url: str, body: bytes, content_type: str, headers: Mapping[str, str]) -> Sent:
        """A POST as it is given."""
        answer = await self._client.post(url, content=body, headers={"Content-Type": content_type, **headers})
        return Sent(answer.status_code, dict(answer.headers), answer.content)

    async def get(self, url: str, headers: Mapping[str, str]) -> Sent:
        """A GET as it is given."""
        answer = await self._client.get(url, headers=dict(headers))
        return Sent(answer.status_code, dict(answer.headers), answer.content)

    async def _answer(self, exchange: Exchange) -> None:
        seen = exchange.seen
        if seen.method == "POST":
            await (self.inbox_answer if seen.path.endswith("/inbox") else answers.status(404))(exchange)
        elif seen.path.startswith("/.well-known/") or seen.path.startswith("/nodeinfo/"):
            await self._well_known(seen)(exchange)
        elif self.is_secure and "signature" not in seen.headers:
            await exchange.reply(401)
        else:
            await self._document(seen)(exchange)

    def _well_known(self, seen: Seen) -> Script:
        if seen.path == "/.well-known/webfinger":
            asked = seen.query.get("resource", "")
            for actor in self.actors.values():
                if asked.lower() == f"acct:{actor.handle}".lower() or asked == actor.id:
                    return answers.document(self.describe(actor), content_type=answers.JRD_JSON)
        elif seen.path == "/.well-known/nodeinfo":
            rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
            return answers.document({"links": [{"rel": rel, "href": self.server.url("/nodeinfo/2.0")}]})
        elif seen.path == "/nodeinfo/2.0":
            software = {"name": self.software, "version": self.version}
            metadata = {"capabilities": self.capabilities}
            return answers.document({"version": "2.0", "software": software, "metadata": metadata})
        return answers.status(404)

    def describe(self, actor: FakeActor) -> dict[str, Any]:
        """The WebFinger answer about an actor."""
        return {
            "subject": f"acct:{actor.handle}",
            "links": [
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": actor.id},
                {
                    "rel": "self",
                    "type": "application/activity+json",
                    "href": actor.id,
                    "properties": {"https://www.w3.org/ns/activitystreams#type": actor.kind},
                },
            ],
        }

    def _document(self, seen: Seen) -> Script:
        known = self._documents.get(seen.target, self._documents.get(seen.path))
        if known is not None:
            if known["type"] == "Tombstone":
                return answers.status(410, body=json.dumps(known).encode())
            return answers.document(known)
        actor = self.actors.get(seen.path)
        if actor is not None:
            return answers.document(actor.document())
        owner, _, collection = seen.path.rpartition("/")
        if owner in self.actors and collection in ("followers", "following", "outbox"):
            kept: dict[str, Any] = {
                "id": self.server.url(seen.path),
                "type": "OrderedCollection",
                "totalItems": 0,
                "orderedItems": [],
            }
            return answers.document(kept)
        return answers.status(404)
