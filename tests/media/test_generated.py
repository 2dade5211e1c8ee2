"""Pictures for accounts that have none: always the same, and groups are not taken for people (D64)."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fedcomm.media import generated
from fedcomm.media.generated import avatar, header, initials


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def test_the_same_account_always_gets_the_same_picture() -> None:
    assert avatar("7", "Ada Brenner") == avatar("7", "Ada Brenner")
    assert header("7") == header("7")


def test_accounts_and_kinds_are_told_apart() -> None:
    pictures = {avatar("7", "Ada"), avatar("8", "Ada"), avatar("7", "Ada", "group"), avatar("7", "Ada", "service")}

    assert len(pictures) == 4


@pytest.mark.parametrize("kind", ["person", "group", "service"])
def test_pictures_are_small_png_files_of_the_size_that_clients_expect(kind: generated.Kind) -> None:
    small, wide = avatar("7", "Ada", kind), header("7", kind)

    assert [(opened(png).format, opened(png).size) for png in (small, wide)] == [
        ("PNG", (400, 400)),
        ("PNG", (1500, 500)),
    ]
    assert max(len(small), len(wide)) < 30_000


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Brenner", "AB"),
        ("ada", "A"),
        ("Ines Köhler-Brandenburger", "IB"),
        ("Özil", "O"),
        ("Ines Þórsdóttir", "I"),
        ("山田 太郎", ""),
        ("🌻 Marta", "M"),
        ("...", ""),
        ("", ""),
    ],
)
def test_people_are_known_by_their_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_name_gives_a_picture(name: str) -> None:
    assert opened(avatar("7", name)).size == (400, 400)
