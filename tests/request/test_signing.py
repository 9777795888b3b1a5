"""The key that signs requests is read, kept under a password, and shows nothing of itself."""

from __future__ import annotations

import subprocess

import pytest
from Crypto.PublicKey import ECC

from zkcredit.errors import InvalidInput, InvalidSignature, WrongPassword
from zkcredit.request import RequestKey
from zkcredit.request.signing import require_signature

SEED = bytes(range(32))
CLEAR = ECC.construct(curve="Ed25519", seed=SEED).export_key(format="PEM")


def test_a_signature_is_rfc_8032s_over_a_prefixed_text():
    key = RequestKey.from_pem(CLEAR)
    require_signature(key.public, key.sign("x"), "x")
    for public, signature, text in (
        (key.public, key.sign("x"), "y"),
        (key.public, key.sign("x")[::-1], "x"),
        (RequestKey.generate().public, key.sign("x"), "x"),
        (b"", key.sign("x"), "x"),
        (key.public, b"", "x"),
    ):
        with pytest.raises(InvalidSignature):
            require_signature(public, signature, text)
    assert key.sign("x") == RequestKey.from_pem(CLEAR).sign("x")


@pytest.mark.slow
def test_it_is_kept_under_a_password():
    key = RequestKey.generate()
    text = key.to_pem("a password")
    assert "ENCRYPTED" in text
    assert RequestKey.from_pem(text, "a password").public == key.public
    for wrong in ("another", "", None):
        with pytest.raises(WrongPassword):
            RequestKey.from_pem(text, wrong)
    with pytest.raises(InvalidInput):
        key.to_pem("")


@pytest.mark.slow
def test_a_password_may_be_of_any_script() -> None:
    key = RequestKey.generate()
    for password in ("пароль", "pässword", "密码 🔑"):
        assert RequestKey.from_pem(key.to_pem(password), password).public == key.public
    with pytest.raises(InvalidInput):
        key.to_pem("\ud800")
    with pytest.raises(WrongPassword):
        RequestKey.from_pem(key.to_pem("x"), "\ud800")


def test_a_password_is_asked_for_if_the_key_is_encrypted() -> None:
    text = RequestKey.generate().to_pem("a password")
    assert RequestKey.from_pem(text.encode(), lambda: "a password")
    with pytest.raises(WrongPassword):
        RequestKey.from_pem(text, lambda: "another")

    def nobody() -> str:
        raise AssertionError("a key in clear needs no password")

    assert RequestKey.from_pem(CLEAR, nobody)


def test_openssls_key_is_read(tmp_path):
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    assert len(RequestKey.from_pem(path.read_text()).public) == 32


def test_openssl_reads_ours(tmp_path):
    key, (path, password) = RequestKey.generate(), (tmp_path / "key.pem", tmp_path / "password")
    path.write_text(key.to_pem("пароль"))
    password.write_text("пароль\n")
    read = subprocess.run(
        ["openssl", "pkey", "-in", path, "-passin", f"file:{password}", "-pubout"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert ECC.import_key(read.stdout).export_key(format="raw") == key.public


@pytest.mark.parametrize(
    "text",
    ["", "x", CLEAR[:-40], ECC.generate(curve="P-256").export_key(format="PEM"),
     ECC.construct(curve="Ed25519", seed=SEED).public_key().export_key(format="PEM")],
)  # fmt: skip
def test_other_keys_are_refused(text):
    with pytest.raises(InvalidInput):
        RequestKey.from_pem(text)


def test_it_shows_nothing_of_itself():
    key = RequestKey.from_pem(CLEAR)
    assert SEED.hex() not in repr(key)
    assert key.public.hex() in repr(key)
