"""Threads share one vault: no call falls into another's transaction, and a fork is refused."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from zkcredit.errors import (
    DamagedFile,
    InvalidInput,
    MachineError,
    WalletError,
    WrongPassword,
)
from zkcredit.shared_vault import SharedVault
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIGHT = KdfCost.light_unsafe()
PASSWORD = "correct horse"
THREADS = 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "vault"
    Vault.create(path, "issuer", PASSWORD, [("note", "a", b"1")], LIGHT).close()
    return path


@pytest.fixture
def vault(path: Path) -> Iterator[SharedVault]:
    with SharedVault.open(path, "issuer", PASSWORD) as opened:
        yield opened


def in_another_thread(work: object) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()  # type: ignore[arg-type]


def test_another_thread_reads_and_writes(vault: SharedVault) -> None:
    in_another_thread(lambda: vault.put([("note", "b", b"2")]))
    assert in_another_thread(lambda: vault.get("note", "b")) == b"2"
    assert vault.all("note") == [("a", b"1"), ("b", b"2")]


def test_a_new_vault_is_shared_too(tmp_path: Path) -> None:
    with SharedVault.create(tmp_path / "new", "wallet", PASSWORD, [("n", "1", b"x")], LIGHT) as one:
        assert in_another_thread(lambda: one.get("n", "1")) == b"x"
    with SharedVault.open(tmp_path / "new", "wallet", PASSWORD) as again:
        assert again.check() == 1


def test_what_one_thread_counts_up_nobody_loses(vault: SharedVault) -> None:
    gate = threading.Barrier(THREADS)

    def count() -> None:
        gate.wait()
        for _ in range(20):
            with vault.exclusive():
                number = int(vault.get("note", "a") or b"0")
                vault.put([("note", "a", b"%d" % (number + 1))])

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(count) for _ in range(THREADS)]:
            done.result()
    assert vault.get("note", "a") == b"%d" % (1 + 20 * THREADS)


def test_nobody_reads_or_writes_inside_of_anothers_transaction(vault: SharedVault) -> None:
    begun, seen = threading.Event(), []

    def other() -> None:
        begun.set()
        seen.append(vault.get("note", "a"))
        vault.put([("note", "mine", b"stays")])

    thread = threading.Thread(target=other)
    with pytest.raises(InvalidInput, match="undone"), vault.exclusive():  # noqa: PT012
        vault.put([("note", "a", b"undone")])
        thread.start()
        begun.wait()
        thread.join(0.2)  # it has all the time it wants
        assert not seen
        raise InvalidInput("undone")
    thread.join()
    assert seen == [b"1"]
    assert vault.get("note", "mine") == b"stays"


def test_a_transaction_that_fails_lets_the_next_thread_in(vault: SharedVault) -> None:
    for _ in range(3):
        with pytest.raises(InvalidInput):
            vault.put([], new=[("note", "a", b"again")])
    in_another_thread(lambda: vault.put([("note", "a", b"2")]))
    assert vault.get("note", "a") == b"2"


@pytest.mark.parametrize(
    "call",
    [
        lambda vault, _: vault.get("note", "a"),
        lambda vault, _: vault.all("note"),
        lambda vault, _: vault.check(),
        lambda vault, _: vault.put([]),
        lambda vault, _: vault.remove("note", "a"),
        lambda vault, _: vault.exclusive().__enter__(),
        lambda vault, folder: vault.backup(folder / "copy"),
        lambda vault, _: vault.require_password(PASSWORD),
        lambda vault, _: vault.change_password(PASSWORD, "another", LIGHT),
    ],
)
def test_a_closed_vault_says_so_in_every_thread(
    vault: SharedVault, tmp_path: Path, call: object
) -> None:
    in_another_thread(vault.close)
    with pytest.raises(WalletError, match="closed"):
        call(vault, tmp_path)  # type: ignore[operator]
    with pytest.raises(WalletError, match="closed"):
        in_another_thread(lambda: call(vault, tmp_path))  # type: ignore[operator]


def test_a_thread_that_closes_waits_for_the_others(vault: SharedVault) -> None:
    with vault.exclusive():
        thread = threading.Thread(target=vault.close)
        thread.start()
        thread.join(0.2)
        vault.put([("note", "a", b"last")])
    thread.join()
    with pytest.raises(WalletError):
        vault.get("note", "a")


def test_a_forked_process_is_told_to_open_the_file_itself(vault: SharedVault, path: Path) -> None:
    with vault.exclusive():  # a lock that the child could wait for, for ever
        child = os.fork()
        if child == 0:
            code = 1
            try:
                vault.get("note", "a")
            except WalletError as error:
                code = 0 if "forked" in str(error) else 2
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        vault.put([("note", "b", b"2")])
    assert vault.check() == 2


def test_the_room_that_is_left_is_known(vault: SharedVault, path: Path) -> None:
    assert vault.room() == (1 << 28) - path.stat().st_size
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(MachineError):
        vault.room()


def test_what_does_not_open_leaves_nothing_open(path: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongPassword):
        SharedVault.open(path, "issuer", "another")
    with pytest.raises(DamagedFile):
        SharedVault.open(path, "wallet", PASSWORD)
    with pytest.raises(InvalidInput):
        SharedVault.open(tmp_path / "missing", "issuer", PASSWORD)
    with pytest.raises(InvalidInput):
        SharedVault.create(path, "issuer", PASSWORD, [], LIGHT)
    assert not [one for one in os.listdir("/proc/self/fd") if _names(one, path)]


def test_a_vault_that_could_not_be_opened_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new"
    monkeypatch.setattr(SharedVault, "__init__", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        SharedVault.create(path, "issuer", PASSWORD, [], LIGHT)
    assert not path.exists()


def _names(descriptor: str, path: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == str(path)
    except OSError:
        return False
