"""The two little languages of signature headers: `name=value` members, and the inner lists of `Signature-Input`.

They are read strictly: a name that stands twice is refused, since readers differ in which one counts (S014). All
patterns are linear. Source: draft-cavage-http-signatures-12 section 4.1, RFC 9651 (structured fields).
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from federation.errors import Unauthentic

LONGEST_FIELD = 8192

Member: TypeAlias = str | bytes | int
Parameter: TypeAlias = str | int | bool

_MEMBER = re.compile(
    r"""[ \t]*([A-Za-z*][A-Za-z0-9_.*-]{0,63})=(?:
        "([^"\\\x00-\x1f\x7f]*)"
        | :([A-Za-z0-9+/]*={0,2}):
        | ([0-9]{1,15})(?![0-9.])
    )[ \t]*(,|\Z)""",
    re.VERBOSE,
)
_LABEL = re.compile(r"[ \t]*([a-z*][a-z0-9_.*-]{0,63})=\(")
_COMPONENT = re.compile(r' *"(@?[a-z0-9!#$%&\'*+.^_`|~-]{1,128})"(?=[ )])')
_CLOSE = re.compile(r" *\)")
_PARAMETER = re.compile(
    r""";[ ]*([a-z*][a-z0-9_.*-]{0,63})(?:=(?:
        "((?:[^"\\\x00-\x1f\x7f]|\\["\\])*)"
        | (-?[0-9]{1,15})(?![0-9.])
        | ([A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,127})
        | \?([01])
    ))?(?=[;,\ \t]|\Z)""",
    re.VERBOSE,
)
_NEXT = re.compile(r"[ \t]*(,|\Z)")


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """One member of `Signature-Input` or `Accept-Signature`: what is, or is to be, covered.

    `text` is the member as it was written, without its label: what `@signature-params` stands for in the signed bytes.
    """

    label: str
    components: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    text: str


def read_members(field: str) -> dict[str, Member]:
    """The members of a `Signature`, `Content-Digest` or similar header: texts, bytes between colons, or integers.

    Raises Unauthentic (another form, a name that stands twice in any spelling, too long).
    """
    _check_length(field)
    members: dict[str, Member] = {}
    spellings: set[str] = set()
    position = 0
    while True:
        found = _MEMBER.match(field, position)
        if found is None:
            raise Unauthentic("a signature header that cannot be read")
        name, text, encoded, digits, end = found.groups()
        if name.lower() in spellings:
            raise Unauthentic("a signature parameter stands twice")
        spellings.add(name.lower())
        if text is not None:
            members[name] = text
        elif encoded is not None:
            members[name] = decode_base64(encoded)
        else:
            members[name] = int(digits)
        if not end:
            return members
        position = found.end()


def read_inputs(field: str) -> tuple[SignatureInput, ...]:
    """The members of a `Signature-Input` or `Accept-Signature` header, in order.

    Parameters on single components (`;sf`, `;key`, `;req` ...) are not understood and therefore refused.

    Raises Unauthentic (another form, a label, component or parameter that stands twice, too long).
    """
    _check_length(field)
    inputs: list[SignatureInput] = []
    position = 0
    while True:
        label = _LABEL.match(field, position)
        if label is None:
            raise Unauthentic("a Signature-Input header that cannot be read")
        if any(label[1] == earlier.label for earlier in inputs):
            raise Unauthentic("a signature label stands twice")
        start = label.end() - 1
        components, position = _read_components(field, label.end())
        parameters, position = _read_parameters(field, position)
        inputs.append(SignatureInput(label[1], components, parameters, field[start:position]))
        found = _NEXT.match(field, position)
        if found is None:
            raise Unauthentic("a Signature-Input header that cannot be read")
        if not found[1]:
            return tuple(inputs)
        position = found.end()


def _read_components(field: str, position: int) -> tuple[tuple[str, ...], int]:
    components: dict[str, None] = {}
    while found := _COMPONENT.match(field, position):
        if found[1] in components:
            raise Unauthentic("a signed component stands twice")
        components[found[1]] = None
        position = found.end()
    close = _CLOSE.match(field, position)
    if close is None:
        raise Unauthentic("signed components that cannot be read")
    return tuple(components), close.end()


def _read_parameters(field: str, position: int) -> tuple[dict[str, Parameter], int]:
    parameters: dict[str, Parameter] = {}
    while found := _PARAMETER.match(field, position):
        name, text, digits, token, boolean = found.groups()
        if name in parameters:
            raise Unauthentic("a signature parameter stands twice")
        if text is not None:
            parameters[name] = text.replace('\\"', '"').replace("\\\\", "\\")
        elif digits is not None:
            parameters[name] = int(digits)
        elif token is not None:
            parameters[name] = token
        else:
            parameters[name] = boolean != "0"
        position = found.end()
    return parameters, position


def decode_base64(text: str) -> bytes:
    """Bytes from standard base64. Raises Unauthentic."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise Unauthentic("not base64") from None


def _check_length(field: str) -> None:
    if len(field) > LONGEST_FIELD:
        raise Unauthentic("a signature header longer than any honest one")
