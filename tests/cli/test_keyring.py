"""Passwords in the system's keyring, which stands here as a module of the tests' own."""

from __future__ import annotations

import os
import sys
import types
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import PASSWORD, Desk, ok, run

if TYPE_CHECKING:
    from pathlib import Path


class Keyring(types.ModuleType):
    """A keyring that keeps passwords in a dictionary."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        self._open()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self._open()
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        self._open()
        del self.kept[service, name]

    def _open(self) -> None:
        if self.locked:
            kind = type("KeyringLocked", (Exception,), {"__module__": "keyring.errors"})
            raise kind("the collection is locked")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made


def test_a_stored_password_opens_its_file_alone(desk: Desk, keyring: Keyring) -> None:
    stored = run("keyring", "store", desk.path("wallet"), *desk.password, "--json")
    assert ok(stored) == {"stored": os.path.realpath(desk.path("wallet"))}
    assert list(keyring.kept.values()) == [PASSWORD]
    assert PASSWORD not in stored.out + stored.stderr
    assert run("wallet", "show", desk.path("wallet"), "--keyring").code == 0
    told = run("issuer", "show", desk.path("issuer"), "--keyring")
    assert (told.code, "zkcredit keyring store" in told.err) == (2, True)
    assert ok(run("keyring", "store", desk.path("issuer"), *desk.password, "--json"))
    assert run("issuer", "show", desk.path("issuer"), "--keyring").code == 0


def test_a_file_is_known_by_its_place(
    desk: Desk, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    assert run("keyring", "store", "wallet", *desk.password).code == 0
    assert run("wallet", "show", desk.path("wallet"), "--keyring").code == 0
    desk.path("link").symlink_to(desk.path("wallet"))
    assert keyring.kept.keys() == {("zkcredit", os.path.realpath(desk.path("wallet")))}


def test_a_forgotten_password_is_gone(desk: Desk, keyring: Keyring) -> None:
    run("keyring", "store", desk.path("wallet"), *desk.password)
    assert run("keyring", "forget", desk.path("wallet")).code == 0
    assert keyring.kept == {}
    assert run("keyring", "forget", desk.path("wallet")).code == 2
    assert run("wallet", "show", desk.path("wallet"), "--keyring").code == 2


def test_a_password_that_does_not_open_the_file_is_not_stored(desk: Desk, keyring: Keyring) -> None:
    assert run("keyring", "store", desk.path("wallet"), *desk.wrong).code == 7
    assert run("keyring", "store", desk.path("card.json"), *desk.password).code == 2
    assert run("keyring", "store", desk.path("missing"), *desk.password).code == 2
    assert keyring.kept == {}


def test_a_locked_keyring_is_told(desk: Desk, keyring: Keyring) -> None:
    keyring.locked = True
    for command in (
        ("wallet", "show", desk.path("wallet"), "--keyring"),
        ("keyring", "store", desk.path("wallet"), *desk.password),
        ("keyring", "forget", desk.path("wallet")),
    ):
        told = run(*command)
        assert (told.code, "KeyringLocked: the collection is locked" in told.err) == (2, True)


def test_an_error_of_ours_is_not_taken_for_the_keyrings(
    desk: Desk, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: str) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(keyring, "get_password", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        run("wallet", "show", desk.path("wallet"), "--keyring")


def test_without_the_extra_its_line_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    told = run("wallet", "show", desk.path("wallet"), "--keyring")
    assert (told.code, "pip install 'zkcredit[keyring]'" in told.err) == (2, True)


def test_a_key_without_a_file_of_its_own_has_no_password_there(
    desk: Desk, keyring: Keyring, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    assert run("verifier", "init", key, *desk.password).code == 0
    told = run("verifier", "show", key, "--keyring")
    assert (told.code, "wallets, issuers and arbiters only" in told.err) == (2, True)


def test_a_new_file_asks_for_its_password(desk: Desk, keyring: Keyring, tmp_path: Path) -> None:
    told = run("wallet", "init", tmp_path / "new", "--keyring")
    assert (told.code, "there is no terminal to ask" in told.err) == (2, True)


def test_a_profile_can_say_so(
    desk: Desk, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zkcredit.toml").write_text("profile = 'a'\n[profiles.a]\nkeyring = true\n")
    monkeypatch.setenv("ZKCREDIT_CONFIG", str(tmp_path / "zkcredit.toml"))
    run("keyring", "store", desk.path("wallet"), *desk.password)
    assert run("wallet", "show", desk.path("wallet")).code == 0
    assert (
        run("wallet", "show", desk.path("wallet"), *desk.wrong).code == 7
    )  # an option is stronger


def test_the_real_package_keeps_a_password_in_its_own_file(desk: Desk, tmp_path: Path) -> None:
    """Not the tests' module: the package ``keyring``, with a keyring in a file."""
    import keyring
    from keyrings.alt.file import PlaintextKeyring

    real, before = PlaintextKeyring(), keyring.get_keyring()
    real.file_path = str(tmp_path / "keyring.cfg")
    keyring.set_keyring(real)
    try:
        assert ok(run("keyring", "store", desk.path("wallet"), *desk.password, "--json"))
        assert run("wallet", "show", desk.path("wallet"), "--keyring").code == 0
        told = run("issuer", "show", desk.path("issuer"), "--keyring")
        assert (told.code, "zkcredit keyring store" in told.err) == (2, True)
        assert real.get_password("zkcredit", os.path.realpath(desk.path("wallet"))) == PASSWORD
        assert run("keyring", "forget", desk.path("wallet")).code == 0
        assert run("wallet", "show", desk.path("wallet"), "--keyring").code == 2
    finally:
        keyring.set_keyring(before)


def test_a_system_without_a_keyring_is_told(desk: Desk) -> None:
    import keyring
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        for command in (
            ("wallet", "show", desk.path("wallet"), "--keyring"),
            ("keyring", "store", desk.path("wallet"), *desk.password),
        ):
            told = run(*command)
            assert (told.code, "NoKeyringError" in told.err) == (2, True)
            assert PASSWORD not in told.out + told.err
    finally:
        keyring.set_keyring(before)
