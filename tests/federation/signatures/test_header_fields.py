"""The little languages of signature headers: what is written is read, what is ambiguous is refused."""

from base64 import b64encode
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unauthentic
from federation.signatures.header_fields import LONGEST_FIELD, Member, SignatureInput, read_inputs, read_members

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)
LABELS = st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True)
PLAIN = st.text(st.characters(codec="ascii", min_codepoint=0x20, exclude_characters='"\\\x7f'), max_size=30)
QUOTED = st.text(st.characters(codec="ascii", min_codepoint=0x20, exclude_characters="\x7f"), max_size=30)
SECONDS = st.integers(0, 10**12)
COMPONENTS = st.from_regex(r"@?[a-z][a-z-]{0,12}", fullmatch=True)


def written(value: Member) -> str:
    if isinstance(value, bytes):
        return f":{b64encode(value).decode()}:"
    return str(value) if isinstance(value, int) else f'"{value}"'


@given(
    st.dictionaries(NAMES, PLAIN | SECONDS | st.binary(max_size=30), min_size=1, max_size=6).filter(
        lambda members: len({name.lower() for name in members}) == len(members)
    ),
    st.sampled_from([",", ", ", " ,\t"]),
)
def test_members_are_read_as_they_were_written(members: dict[str, Member], between: str) -> None:
    field = between.join(f"{name}={written(value)}" for name, value in members.items())

    assert read_members(field) == members


@given(st.dictionaries(NAMES, PLAIN | SECONDS, min_size=1, max_size=4), st.data())
def test_s014_a_parameter_that_stands_twice_is_refused(members: dict[str, Member], data: st.DataObject) -> None:
    twice = data.draw(st.sampled_from(sorted(members)))
    again = data.draw(st.sampled_from([twice, twice.upper(), twice.lower()]))
    parts = [f"{name}={written(value)}" for name, value in members.items()]
    parts.insert(data.draw(st.integers(0, len(parts))), f'{again}="other"')

    with pytest.raises(Unauthentic):
        read_members(",".join(parts))


@pytest.mark.parametrize(
    "field",
    [
        "",
        ",",
        'keyId="a",',
        ',keyId="a"',
        'keyId="a" signature="b"',
        'keyId="a',
        'keyId="a\\"b"',
        'keyId="a\nb"',
        "keyId=a",
        "keyId",
        'keyId = "a"',
        "created=1.5",
        "created=99999999999999999",
        "sig1=:a:",
        "sig1=:YQ==",
        "Bearer abc",
        'Signature keyId="a"',
        'ſig="a"',
    ],
)
def test_other_forms_of_members_are_refused(field: str) -> None:
    with pytest.raises(Unauthentic):
        read_members(field)


@given(
    st.dictionaries(
        LABELS,
        st.tuples(
            st.lists(COMPONENTS, unique=True, max_size=4),
            st.dictionaries(LABELS, QUOTED | SECONDS | st.booleans(), max_size=4),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_inputs_are_read_as_they_were_written(
    members: dict[str, tuple[list[str], dict[str, str | int | bool]]],
) -> None:
    expected: list[SignatureInput] = []
    for label, (components, parameters) in members.items():
        text = "(" + " ".join(f'"{name}"' for name in components) + ")"
        for name, value in parameters.items():
            if isinstance(value, bool):
                text += f";{name}" if value else f";{name}=?0"
            elif isinstance(value, int):
                text += f";{name}={value}"
            else:
                text += ";{}={}".format(name, '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
        expected.append(SignatureInput(label, tuple(components), parameters, text))

    field = ", ".join(f"{item.label}={item.text}" for item in expected)

    assert read_inputs(field) == tuple(expected)


@pytest.mark.parametrize(
    "field",
    [
        "",
        "sig1",
        "sig1=",
        "sig1=()x",
        'sig1=("@method"',
        'sig1=("@method""@path")',
        'sig1=("@method" "@method");created=1',
        'sig1=("@method");created=1;created=2',
        'sig1=("@method"), sig1=("@path")',
        'sig1=("@method"),',
        'sig1=("@method";req)',
        'sig1=("@query-param";name="a")',
        'sig1=("@method" date)',
        'sig1=("Date")',
        'sig1=("@method");created=1.5',
        'sig1=("@method");keyid="a',
        'sig1=("@method");keyid="a\nb"',
        'sig1=("@method");Created=1',
        'sig1="@method"',
    ],
)
def test_s014_other_forms_of_inputs_are_refused(field: str) -> None:
    with pytest.raises(Unauthentic):
        read_inputs(field)


@given(st.text(max_size=80) | st.text(alphabet='sig1=(")@;:, \\keyidYQ?01', max_size=60))
def test_no_text_breaks_the_readers(field: str) -> None:
    for reader in (read_members, read_inputs):
        try:
            reader(field)
        except Unauthentic:
            continue


@pytest.mark.parametrize(
    "unit", ["a=1,", 'a="', " ", 'sig1=("a" ', "sig1=(", 'sig1=();a="\\\\', 'sig1=("a")' + " ", ";a", "a"]
)
def test_s147_hostile_fields_are_refused_in_linear_time(unit: str) -> None:
    for field in (unit * (LONGEST_FIELD // len(unit)), "sig1=(" + unit * 2000, unit * 10**6):
        began = process_time()
        for reader in (read_members, read_inputs):
            with pytest.raises(Unauthentic):
                reader(field)
        assert process_time() - began < 0.25


def test_a_field_longer_than_any_honest_one_is_refused() -> None:
    assert read_members(f'keyId="{"x" * (LONGEST_FIELD - 8)}"')
    with pytest.raises(Unauthentic, match="longer"):
        read_members(f'keyId="{"x" * LONGEST_FIELD}"')
    with pytest.raises(Unauthentic, match="longer"):
        read_inputs(f'sig1=();keyid="{"x" * LONGEST_FIELD}"')
