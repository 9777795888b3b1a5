"""Kills at every n-th system call of what writes a file of ours, and what must be there after.

Each function takes a folder, the first system call at which it kills, and how far apart the next
ones are; it goes on until the work is done before the kill, and returns how many it killed.
``ROUNDS`` rounds of a long part kill at every single one.
"""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from support.protocol.nouns import NOW, card, record
from support.storage.killing import run_and_kill

from zkcredit.errors import CredentialError, WrongPassword
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    Content = dict[tuple[str, str], bytes]
    Killed = Callable[[Path, int, int], int]

ROUNDS = 20
LIGHT = KdfCost.light_unsafe()
PASSWORD = "a password"
SECRET = b"TOP-SECRET-PLAINTEXT"
FIRST = [("seed", "1", SECRET), ("note", "a", b"x" * 5000), ("note", "b", b"")]
OLD: Content = {(kind, id_): text for kind, id_, text in FIRST}


def content(path: Path) -> Content:
    """All that a vault holds."""
    with Vault.open(path, "wallet", PASSWORD) as store:
        return {(kind, id_): text for kind in ("seed", "note") for id_, text in store.all(kind)}


def _kill(
    work: Callable[[], object],
    judge: Callable[[], None],
    renew: Callable[[], None],
    places: count[int],
) -> int:
    """Kill the work at each place, judge what is there, until it survives."""
    for killed, place in enumerate(places):
        renew()
        done = not run_and_kill(work, place)
        judge()
        if done:
            return killed
    raise AssertionError


def _copied(path: Path, copy: Path) -> Callable[[], None]:
    def renew() -> None:
        for name in (copy.name, f"{copy.name}-journal"):
            copy.with_name(name).unlink(missing_ok=True)
        shutil.copy(path, copy)

    return renew


def _vault(folder: Path) -> tuple[Path, Path]:
    path = folder / "file"
    Vault.create(path, "wallet", PASSWORD, FIRST, LIGHT).close()
    return path, folder / "copy"


def _old_or_new(
    folder: Path, new: Content, change: Callable[[Vault], None], places: count[int]
) -> int:
    path, copy = _vault(folder)
    seen = []

    def work() -> None:
        with Vault.open(copy, "wallet", PASSWORD) as store:
            change(store)

    def judge() -> None:
        seen.append(content(copy))
        assert seen[-1] in (OLD, new)

    killed = _kill(work, judge, _copied(path, copy), places)
    assert OLD in seen
    assert seen[-1] == new
    return killed


def putting(folder: Path, first: int, stride: int) -> int:
    """A vault that records are put into holds the old ones or the new ones."""
    new = {**OLD, ("note", "b"): b"new", ("note", "c"): b"c" * 9000, ("note", "d"): b"d"}

    def change(store: Vault) -> None:
        store.put([("note", "b", b"new"), ("note", "c", b"c" * 9000)], new=[("note", "d", b"d")])

    return _old_or_new(folder, new, change, count(first, stride))


def removing(folder: Path, first: int, stride: int) -> int:
    """A vault that a record is removed from has it or has it not."""
    new = {key: text for key, text in OLD.items() if key != ("note", "a")}

    def change(store: Vault) -> None:
        store.remove("note", "a")

    return _old_or_new(folder, new, change, count(first, stride))


def creating(folder: Path, first: int, stride: int) -> int:
    """A vault that is created is there whole or not at all."""
    path = folder / "made"

    def judge() -> None:
        assert not path.exists() or content(path) == OLD

    killed = _kill(
        lambda: Vault.create(path, "wallet", PASSWORD, FIRST, LIGHT),
        judge,
        lambda: path.unlink(missing_ok=True),
        count(first, stride),
    )
    assert path.exists()
    return killed


def changing_the_password(folder: Path, first: int, stride: int) -> int:
    """A vault whose password changes opens with the old one or the new one."""
    path, copy = _vault(folder)
    opened = []

    def work() -> None:
        with Vault.open(copy, "wallet", PASSWORD) as store:
            store.change_password(PASSWORD, "new", LIGHT)

    def judge() -> None:
        for password in (PASSWORD, "new"):
            try:
                with Vault.open(copy, "wallet", password) as store:
                    assert store.get("seed", "1") == SECRET
                opened.append(password)
                return
            except WrongPassword:
                continue
        raise AssertionError("neither password opens the file")

    killed = _kill(work, judge, _copied(path, copy), count(first, stride))
    assert PASSWORD in opened
    assert opened[-1] == "new"
    return killed


def issuing(folder: Path, first: int, stride: int) -> int:
    """An issuer has bound the person to one holder, or to none and issued nothing."""
    path, copy = folder / "issuer", folder / "copy"
    Issuer.create(path, PASSWORD, cost=LIGHT).close()
    seen = []

    def issue(issuer: Issuer, holder: int) -> None:
        issuer.issue(record(), person="17", to=card(holder), now=NOW)

    def work() -> None:
        with Issuer.open(copy, PASSWORD) as issuer:
            issue(issuer, 1)

    def judge() -> None:
        with Issuer.open(copy, PASSWORD) as issuer:
            seen.append(len(issuer.issued()))
            try:
                issue(issuer, 2)
            except CredentialError:
                assert seen[-1] == 1
            else:
                assert seen[-1] == 0

    killed = _kill(work, judge, _copied(path, copy), count(first, stride))
    assert {*seen} == {0, 1}
    assert seen[-1] == 1
    return killed


VAULT: tuple[Killed, ...] = (putting, removing, creating, changing_the_password)


def _round(kinds: tuple[Killed, ...], number: int) -> dict[str, int]:
    made = {}
    for kind in kinds:
        with TemporaryDirectory() as folder:
            made[kind.__name__] = kind(Path(folder), number, ROUNDS)
    return made


def vault(number: int) -> dict[str, int]:
    """A round of kills while a vault is written."""
    return _round(VAULT, number)


def issuer(number: int) -> dict[str, int]:
    """A round of kills while an issuer issues."""
    return _round((issuing,), number)
