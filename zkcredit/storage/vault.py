"""The vault: the file of a wallet, an issuer or an arbiter, with every record encrypted.

A vault is one SQLite database with mode 0600. It holds a lock (``zkcredit.storage.password_lock``)
and records. A record has a kind, an id and a ciphertext. The ciphertext is bound to the kind, the
id and the file's purpose, so that one record cannot be put in the place of another. Whoever reads
the file sees kinds, ids and sizes, and nothing else.

Durability: a new file is complete before it gets its name. Every change is one SQLite transaction
with a rollback journal, flushed with ``synchronous=EXTRA``. If the process is killed at any point,
the file holds the old state or the new one. A vault cannot notice that somebody replaced the whole
file by an older copy.

Hostile files: a database is opened only if it has exactly this schema, without triggers or views,
and its pages are checked first. Whoever can write the file can still remove records without a
trace, just as by restoring an older copy.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Final, Literal, Self

from zkcredit._internal.files import remove
from zkcredit._internal.json import parse
from zkcredit.errors import (
    DamagedFile,
    InvalidInput,
    MachineError,
    MalformedFile,
    ZkCreditError,
)
from zkcredit.storage import database
from zkcredit.storage.password_lock import DataKey, KdfCost, lock, unlock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Record", "Vault"]

_LONGEST_LOCK: Final = 1 << 14
_SCHEMA: Final = (
    "CREATE TABLE lock (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT",
    "CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, box BLOB NOT NULL, "
    "PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID",
)

Purpose = Literal["wallet", "issuer", "arbiter"]

_KINDS: Final[dict[Purpose, database.FileKind]] = {
    "wallet": database.FileKind("wallet", 0x7A6B_6377, 1, _SCHEMA),  # "zkcw"
    "issuer": database.FileKind("issuer", 0x7A6B_6369, 1, _SCHEMA),  # "zkci"
    "arbiter": database.FileKind("arbiter", 0x7A6B_6361, 1, _SCHEMA),  # "zkca"
}

Record = tuple[str, str, bytes]
"""A record's kind, id and plaintext."""


class Vault:
    """An open vault; make one with ``create`` or ``open``.

    Use it as a context manager, or call ``close``. ``repr`` shows the path and no content.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, purpose: Purpose, key: DataKey
    ) -> None:
        self._connection = connection
        self._path = path
        self._purpose = purpose
        self._key = key

    def __repr__(self) -> str:
        return f"Vault({str(self._path)!r})"

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
        body, key = lock(password, cost)
        boxes = [
            (kind, id_, key.encrypt(plaintext, _name(purpose, kind, id_)))
            for kind, id_, plaintext in records
        ]
        rows: list[tuple[str, Sequence[object]]] = [
            ("INSERT INTO lock VALUES (1, ?)", (_dumps(body),))
        ]
        rows += [("INSERT INTO records VALUES (?, ?, ?)", box) for box in boxes]
        database.create(path, _KINDS[purpose], rows)
        try:
            return cls(database.connect(path, _KINDS[purpose]), path, purpose, key)
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
        connection = database.connect(path, _KINDS[purpose])
        try:
            with database.typed_errors(path):
                row = connection.execute("SELECT body FROM lock WHERE id = 1").fetchone()
            key = unlock(_loads(row), password)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path, purpose, key)

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def exclusive(self) -> contextlib.AbstractContextManager[object]:
        """Read and write in one transaction, during which nobody else writes: all, or nothing.

        Raises:
            WalletError: if another process keeps the file locked, or the vault is closed.
            DamagedFile: if the file is corrupted.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        return self._transaction()

    def put(self, records: Sequence[Record], *, new: Sequence[Record] = ()) -> None:
        """Write records in one transaction: all of them, or none.

        Args:
            records: records to write; each replaces an older one of the same kind and id.
            new: records to add; the vault must not have one of the same kind and id yet.

        Raises:
            InvalidInput: if the vault already has one of ``new``.
            WalletError: if another process keeps the file locked, or the vault is closed.
            DamagedFile: if the file is corrupted.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        with self._transaction() as connection:
            insert = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"
            connection.executemany(insert, self._encrypted(records))
            try:
                connection.executemany("INSERT INTO records VALUES (?, ?, ?)", self._encrypted(new))
            except sqlite3.IntegrityError:
                raise InvalidInput("the file already has this record") from None

    def remove(self, kind: str, id_: str) -> bool:
        """Remove one record, and return whether the vault had it.

        Raises:
            WalletError: if another process keeps the file locked, or the vault is closed.
            DamagedFile: if the file is corrupted.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        with self._transaction() as connection:
            found = connection.execute(
                "DELETE FROM records WHERE kind = ? AND id = ?", (kind, id_)
            ).rowcount
        return found == 1

    def get(self, kind: str, id_: str) -> bytes | None:
        """Return one record's plaintext, or None if the vault does not have the record.

        Raises:
            DamagedFile: if the record was changed or put in the place of another.
            WalletError: if another process keeps the file locked, or the vault is closed.
        """
        with database.typed_errors(self._path):
            row = self._connection.execute(
                "SELECT box FROM records WHERE kind = ? AND id = ?", (kind, id_)
            ).fetchone()
        return None if row is None else self._decrypted(kind, id_, row[0])

    def all(self, kind: str) -> list[tuple[str, bytes]]:
        """Return id and plaintext of every record of a kind, sorted by id.

        Raises:
            DamagedFile: if a record was changed or put in the place of another.
            WalletError: if another process keeps the file locked, or the vault is closed.
        """
        with database.typed_errors(self._path):
            rows = self._connection.execute(
                "SELECT id, box FROM records WHERE kind = ? ORDER BY id", (kind,)
            ).fetchall()
        return [(id_, self._decrypted(kind, id_, box)) for id_, box in rows]

    def check(self) -> int:
        """Decrypt every record, and return how many there are.

        Raises:
            DamagedFile: if a record was changed or put in the place of another.
            WalletError: if another process keeps the file locked, or the vault is closed.
        """
        with database.typed_errors(self._path):
            rows = self._connection.execute("SELECT kind, id, box FROM records").fetchall()
        for kind, id_, box in rows:
            self._decrypted(kind, id_, box)
        return len(rows)

    def backup(self, target: Path) -> int:
        """Copy the vault to a new file, which the same password opens, and check the copy.

        Returns:
            The number of records in the copy.

        Raises:
            InvalidInput: if the target exists already or cannot be written.
            DamagedFile: if a record was changed; the copy is the same as the file then.
            WalletError: if another process keeps the file locked, or the vault is closed.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        database.copy(self._connection, self._path, target)
        try:
            connection = database.connect(target, _KINDS[self._purpose])
            with type(self)(connection, target, self._purpose, self._key) as copied:
                return copied.check()
        except MachineError:
            with contextlib.suppress(ZkCreditError):
                remove(target)  # a copy that could not be checked is not a backup
            raise

    def change_password(self, old: str, new: str, cost: KdfCost | None = None) -> None:
        """Put a new lock on the same records.

        The old password still opens every older copy of the file.

        Raises:
            WrongPassword: if ``old`` does not open the file.
            InvalidInput: if ``new`` is empty.
            WalletError: if another process keeps the file locked, or the vault is closed.
            DamagedFile: if the file is corrupted.
            MachineError: if the machine fails: the disk is full, or reading or writing fails.
        """
        self.require_password(old)
        body = self._key.relock(new, cost)
        with self._transaction() as connection:
            connection.execute("UPDATE lock SET body = ? WHERE id = 1", (_dumps(body),))

    def require_password(self, password: str) -> None:
        """Check that this is the file's password.

        Raises:
            WrongPassword: if it is not.
        """
        with database.typed_errors(self._path):
            row = self._connection.execute("SELECT body FROM lock WHERE id = 1").fetchone()
        unlock(_loads(row), password)

    def _encrypted(self, records: Sequence[Record]) -> list[Record]:
        return [
            (kind, id_, self._key.encrypt(plaintext, _name(self._purpose, kind, id_)))
            for kind, id_, plaintext in records
        ]

    def _decrypted(self, kind: str, id_: str, box: bytes) -> bytes:
        return self._key.decrypt(box, _name(self._purpose, kind, id_))

    def _transaction(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        with contextlib.suppress(sqlite3.ProgrammingError):  # closed: that is told below
            if self._connection.in_transaction:  # inside of ``exclusive``
                return contextlib.nullcontext(self._connection)
        return database.transaction(self._connection, self._path)


def _name(purpose: Purpose, kind: str, id_: str) -> str:
    # JSON quotes each part, so that two records never have the same name
    return "zkcredit-record/1:" + json.dumps([purpose, kind, id_])


def _dumps(body: dict[str, object]) -> str:
    return json.dumps(body, sort_keys=True)


def _loads(row: tuple[str] | None) -> object:
    try:
        return parse(row[0], "lock", _LONGEST_LOCK) if row else None
    except MalformedFile:
        raise DamagedFile("the lock is not intact; restore the file from a backup") from None
