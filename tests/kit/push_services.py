"""A push service with an app behind it: a real HTTP server that opens what it gets, as the app would.

It shares no code with the server under test. Source: RFC 8291, RFC 8188, RFC 8292; draft-ietf-webpush-encryption-04.
"""

import base64
import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import tests.kit.answers as answers
from tests.kit.servers import FakeServer, Seen

PATH = "/push/app"


def b64(value: bytes) -> str:
    """Base64 as the web writes it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Bytes of such a text."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(number: str) -> ec.EllipticCurvePrivateKey:
    """A key from its number, as examples give it."""
    return ec.derive_private_key(int.from_bytes(unb64(number)), ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass(frozen=True, slots=True)
class Ears:
    """The keys of an app."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def public(self) -> bytes:
        """What it gives to whoever sends."""
        return point(self.key)

    def _shared(self, sender: bytes) -> bytes:
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

    def open_aes128gcm(self, body: bytes) -> bytes:
        """The message of one record."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert size >= len(sealed), "more than one record"
        secret = _hkdf(self.auth, self._shared(sender), b"WebPush: info\0" + self.public + sender, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        opened = AESGCM(key).decrypt(_hkdf(salt, secret, b"Content-Encoding: nonce\0", 12), sealed, None)
        message, mark = opened.rstrip(b"\0")[:-1], opened.rstrip(b"\0")[-1:]
        assert mark == b"\2", "not the last record"
        return message

    def open_aesgcm(self, body: bytes, *, salt: bytes, sender: bytes) -> bytes:
        """The message of the older form."""
        context = b"P-256\0" + b"\0\x41" + self.public + b"\0\x41" + sender
        secret = _hkdf(self.auth, self._shared(sender), b"Content-Encoding: auth\0", 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
        opened = AESGCM(key).decrypt(nonce, body, None)
        return opened[2 + int.from_bytes(opened[:2]) :]


def _parameters(header: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in header.replace(",", ";").split(";")]
    return {name: value.strip('"') for name, _, value in pairs}


class PushService:
    """Enter it to listen. What it answers is the script of `server` at `PATH`; at first 201."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.ears = Ears(ec.generate_private_key(ec.SECP256R1()), b"sixteen octets!!")
        self.server.on(PATH, answers.status(201))

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.stop()

    @property
    def endpoint(self) -> str:
        """Where messages go."""
        return self.server.url(PATH)

    def subscription(self, *, standard: bool | None = None) -> dict[str, Any]:
        """What an app says of itself."""
        keys = {"p256dh": b64(self.ears.public), "auth": b64(self.ears.auth)}
        return {"endpoint": self.endpoint, "keys": keys} | ({} if standard is None else {"standard": standard})

    def opened(self, seen: Seen, server_key: str) -> dict[str, Any]:
        """The JSON of a message, whose sender must have proved to be the owner of this key."""
        assert int(seen.headers["ttl"]) > 0
        scheme, _, rest = seen.headers["authorization"].partition(" ")
        if seen.headers["content-encoding"] == "aes128gcm":
            assert scheme == "vapid"
            said = _parameters(rest)
            assert said["k"] == server_key
            self._check(said["t"], server_key)
            return json.loads(self.ears.open_aes128gcm(seen.body))
        assert (scheme, seen.headers["content-encoding"]) == ("WebPush", "aesgcm")
        keys, salt = _parameters(seen.headers["crypto-key"]), _parameters(seen.headers["encryption"])["salt"]
        assert keys["p256ecdsa"] == server_key
        self._check(rest, server_key)
        return json.loads(self.ears.open_aesgcm(seen.body, salt=unb64(salt), sender=unb64(keys["dh"])))

    def _check(self, token: str, server_key: str) -> None:
        signed, _, signature = token.rpartition(".")
        head, claims = (json.loads(unb64(part)) for part in signed.split("."))
        both = unb64(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(server_key))
        encoded = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
        key.verify(encoded, signed.encode(), ec.ECDSA(SHA256()))
        assert head["alg"] == "ES256"
        assert claims["aud"] == self.server.base
        assert claims["sub"].startswith(("https:", "http:", "mailto:"))
