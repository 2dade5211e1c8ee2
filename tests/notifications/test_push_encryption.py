"""Messages for apps against the examples of the specifications, and opened by code that shares none with ours."""

import pytest
from cryptography.exceptions import InvalidTag

from fedcomm.notifications import push_encryption
from tests.kit.push_services import Ears, b64, point, private_key, unb64

APP = private_key("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
AUTH = unb64("BTBZMqHH6r4Tts7J_aSIgg")
OLD_APP = private_key("9FWl15_QUQAWDaD3k3l50ZBZQJ4au27F1V4F0uLSD_M")
OLD_AUTH = unb64("R29vIGdvbyBnJyBqb29iIQ")


def test_the_example_of_rfc_8291_comes_out() -> None:
    sealed = push_encryption.aes128gcm(
        b"When I grow up, I want to be a watermelon",
        point(APP),
        AUTH,
        key=private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert sealed.headers == {"Content-Encoding": "aes128gcm"}
    assert b64(sealed.body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_example_of_the_fourth_draft_comes_out() -> None:
    sealed = push_encryption.aesgcm(
        b"I am the walrus",
        point(OLD_APP),
        OLD_AUTH,
        key=private_key("nCScek-QpEjmOOlT-rQ38nZzvdPlqa00Zy0i6m2OJvY"),
        salt=unb64("lngarbyKfMoi9Z75xYXmkg"),
    )

    assert b64(sealed.body) == "6nqAQUME8hNqw5J3kl8cpVVJylXKYqZOeseZG8UueKpA"
    assert sealed.headers["Encryption"] == "salt=lngarbyKfMoi9Z75xYXmkg"
    assert sealed.headers["Crypto-Key"] == (
        "dh=BNoRDbb84JGm8g5Z5CFxurSqsXWJ11ItfXEWYVLE85Y7CYkDjXsIEc4aqxYaQ1G8BqkXCJ6DPpDrWtdWj_mugHU"
    )


def test_no_two_messages_are_sealed_alike_and_only_the_app_opens_them() -> None:
    ears, other = Ears(APP, AUTH), Ears(OLD_APP, AUTH)
    one, two = (push_encryption.aes128gcm(b"Hello", ears.public, AUTH) for _ in range(2))

    assert one.body != two.body
    assert ears.open_aes128gcm(one.body) == ears.open_aes128gcm(two.body) == b"Hello"
    with pytest.raises(InvalidTag):
        other.open_aes128gcm(one.body)


@pytest.mark.parametrize(
    "text", ["", "x", "BA", b64(b"\4" + bytes(64)), b64(b"\2" + point(APP)[1:33]), b64(point(APP) + b"x"), "ü" * 87]
)
def test_what_is_no_point_is_no_key(text: str) -> None:
    value = push_encryption.read(text)
    assert value is None or not push_encryption.is_point(value)


@pytest.mark.parametrize("text", [b64(b"\xfb\xef\xff"), "++//", "--__", "-_-_===="])
def test_both_alphabets_of_base64_are_read(text: str) -> None:
    assert push_encryption.read(text) is not None
