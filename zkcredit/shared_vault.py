"""A vault that several threads of one process use: one of them at a time, each call whole.

A server opens its issuer or its wallet once, because that takes half a second, and every thread of
it uses the one object. SQLite would let the statements of two threads mix in one transaction, so
each call waits until the one before it has ended. What is slow (signing, sealing, proving) needs
no call, so threads wait for one another only while a file is read or written.
"""

from __future__ import annotations

import contextlib
import os
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from zkcredit._internal.files import remove
from zkcredit.errors import MachineError, WalletError, ZkCreditError
from zkcredit.storage import database, vault
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zkcredit.storage.password_lock import DataKey, KdfCost
    from zkcredit.storage.vault import Purpose, Record

__all__ = ["SharedVault"]

P = ParamSpec("P")
T = TypeVar("T")


def _in_turn(
    method: Callable[Concatenate[Vault, P], T],
) -> Callable[Concatenate[SharedVault, P], T]:
    """Let a method of a vault wait until no other thread is inside of one."""

    @wraps(method)
    def waiting(self: SharedVault, /, *given: P.args, **named: P.kwargs) -> T:
        with self._turn():
            return method(self, *given, **named)

    return waiting


class SharedVault(Vault):
    """A vault that any thread of the process that opened it may use.

    A process that is forked from this one opens the file for itself: SQLite's locks do not pass
    over a fork, so each call raises ``WalletError`` there.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, purpose: Purpose, key: DataKey
    ) -> None:
        super().__init__(connection, path, purpose, key)
        self._inside = RLock()
        self._process = os.getpid()

    @classmethod
    def create(
        cls,
        path: Path,
        purpose: Purpose,
        password: str,
        records: Sequence[Record],
        cost: KdfCost | None = None,
    ) -> Self:
        """Write a new file with its first records, all or nothing, and open it.

        Raises:
            InvalidInput: if the path exists already or cannot be written, or the password is
                empty.
        """
        with Vault.create(path, purpose, password, records, cost) as made:
            try:
                return cls._shared(made)
            except BaseException:
                # Nobody knows its content yet, and a second attempt must not find that it exists.
                with contextlib.suppress(ZkCreditError):
                    remove(path)
                raise

    @classmethod
    def open(cls, path: Path, purpose: Purpose, password: str) -> Self:
        """Open an existing file.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file has another purpose, or it is corrupted.
            InvalidInput: if the file does not exist, or the password is empty.
            WalletError: if another process keeps the file locked.
        """
        with Vault.open(path, purpose, password) as opened:
            return cls._shared(opened)

    @classmethod
    def _shared(cls, one: Vault) -> Self:
        # SQLite ties a connection to its thread when it is made, so that this takes a second one.
        kind = vault._KINDS[one._purpose]
        connection = database.connect(one._path, kind, any_thread=True)
        return cls(connection, one._path, one._purpose, one._key)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[object]:
        """Read and write in one transaction, during which nobody else writes: all, or nothing.

        Other threads also wait to read.

        Raises:
            WalletError: if another process keeps the file locked, or the vault is closed.
            DamagedFile: if the file is corrupted.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        with self._turn(), super().exclusive() as inside:
            yield inside

    def room(self) -> int:
        """Return how many bytes the file may grow before it would be too large to be opened.

        Raises:
            MachineError: if the machine fails.
        """
        try:
            return database._LARGEST - self._path.stat().st_size
        except OSError as error:
            raise MachineError(f"the machine failed: {self._path}: {error.strerror}") from error

    def delete(self) -> None:
        """Remove the file in one step, and close it. Nothing else may be writing to it.

        Raises:
            WalletError: if another process keeps the file locked, or the vault is closed.
            InvalidInput: if the file may not be removed.
            MachineError: if the machine fails.
        """
        with self.exclusive():
            remove(self._path)
        self.close()

    put = _in_turn(Vault.put)
    remove = _in_turn(Vault.remove)
    get = _in_turn(Vault.get)
    all = _in_turn(Vault.all)
    check = _in_turn(Vault.check)
    backup = _in_turn(Vault.backup)
    change_password = _in_turn(Vault.change_password)
    require_password = _in_turn(Vault.require_password)
    close = _in_turn(Vault.close)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if os.getpid() != self._process:  # before the lock, which a lost thread may hold
            raise WalletError(
                "this process was forked from the one that opened the file; open it here again"
            )
        with self._inside:
            yield
