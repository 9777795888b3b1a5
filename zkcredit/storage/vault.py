"""The file of a wallet, an issuer or an arbiter: one SQLite database of sealed records, mode 0600.

What it holds: a lock (:mod:`zkcredit.storage.password_lock`) and records. A record has a kind, an
id, and a box sealed under a name made of both and of the file's purpose, so that no record can be
put in another's place. Kinds, ids and sizes are visible to whoever reads the file; nothing else is.

Durability: a new file is complete before it takes its name; every change is one SQLite
transaction with a rollback journal, flushed with ``synchronous=EXTRA``. Killed at any point, the
file holds the old state or the new one. Rolling the whole file back to an older copy is not
something that a file can notice.

Hostile files: only a database with exactly this schema is opened (no triggers, no views), and
its pages are checked when it is opened. Whoever can write the file can still remove records
without a trace, as by restoring an older copy.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Final, Literal, Self

from zkcredit._internal import strict_json
from zkcredit.errors import (
    DamagedFile,
    InvalidInput,
    MalformedFile,
)
from zkcredit.storage import database
from zkcredit.storage.password_lock import DataKey, KdfCost, lock, unlock

if TYPE_CHECKING:
    import contextlib
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
"""Kind, id, and plaintext."""


class Vault:
    """An open file. Use it as a context manager, or call :meth:`close`."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, purpose: Purpose, key: DataKey
    ) -> None:
        """Take an open, checked database; use :meth:`create` or :meth:`open`."""
        self._connection = connection
        self._path = path
        self._purpose = purpose
        self._key = key

    def __repr__(self) -> str:
        """Show the path and nothing of the content."""
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
        """Write a new file with some first records, all or nothing, and open it.

        Raises:
            InvalidInput: the path is taken or cannot be written, or the password is empty.
        """
        body, key = lock(password, cost)
        boxes = [
            (kind, id_, key.seal(plaintext, _name(purpose, kind, id_)))
            for kind, id_, plaintext in records
        ]
        rows: list[tuple[str, Sequence[object]]] = [
            ("INSERT INTO lock VALUES (1, ?)", (_dumps(body),))
        ]
        rows += [("INSERT INTO records VALUES (?, ?, ?)", box) for box in boxes]
        database.create(path, _KINDS[purpose], rows)
        return cls(database.connect(path, _KINDS[purpose]), path, purpose, key)

    @classmethod
    def open(cls, path: Path, purpose: Purpose, password: str) -> Self:
        """Open an existing file.

        Raises:
            WrongPassword: the password is another.
            DamagedFile: the file is of another purpose, or not intact.
            InvalidInput: there is no such file, or the password is empty.
            WalletError: another process keeps it locked.
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
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def put(self, records: Sequence[Record], *, new: Sequence[Record] = ()) -> None:
        """Write records in one transaction: all of them, or none.

        Args:
            records: added, or put in place of those of the same kind and id.
            new: added; none of the same kind and id may be there.

        Raises:
            InvalidInput: one of ``new`` is there already.
            WalletError: another process keeps the file locked, or the store is closed.
            DamagedFile: the file is not intact.
            MachineError: the machine failed (disk full, input/output error).
        """
        with self._transaction() as connection:
            insert = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"
            connection.executemany(insert, self._sealed(records))
            try:
                connection.executemany("INSERT INTO records VALUES (?, ?, ?)", self._sealed(new))
            except sqlite3.IntegrityError:
                raise InvalidInput("a record that must be new is there already") from None

    def remove(self, kind: str, id_: str) -> bool:
        """Remove one record; returns whether it was there. Raises as :meth:`put`."""
        with self._transaction() as connection:
            found = connection.execute(
                "DELETE FROM records WHERE kind = ? AND id = ?", (kind, id_)
            ).rowcount
        return found == 1

    def get(self, kind: str, id_: str) -> bytes | None:
        """One record's plaintext, or None where there is none.

        Raises:
            DamagedFile: the record was changed or put in another's place.
            WalletError: another process keeps the file locked, or the store is closed.
        """
        with database.typed_errors(self._path):
            row = self._connection.execute(
                "SELECT box FROM records WHERE kind = ? AND id = ?", (kind, id_)
            ).fetchone()
        return None if row is None else self._open(kind, id_, row[0])

    def all(self, kind: str) -> list[tuple[str, bytes]]:
        """Id and plaintext of every record of a kind, by id. Raises as :meth:`get`."""
        with database.typed_errors(self._path):
            rows = self._connection.execute(
                "SELECT id, box FROM records WHERE kind = ? ORDER BY id", (kind,)
            ).fetchall()
        return [(id_, self._open(kind, id_, box)) for id_, box in rows]

    def change_password(self, old: str, new: str, cost: KdfCost | None = None) -> None:
        """Put a new lock on the same records. The old password opens older copies for ever.

        Raises:
            WrongPassword: ``old`` does not open the file.
            InvalidInput: ``new`` is empty.
            WalletError, DamagedFile: as :meth:`put`.
        """
        self.check_password(old)
        body = self._key.relock(new, cost or KdfCost())
        with self._transaction() as connection:
            connection.execute("UPDATE lock SET body = ? WHERE id = 1", (_dumps(body),))

    def check_password(self, password: str) -> None:
        """Raise WrongPassword unless this is the file's password."""
        with database.typed_errors(self._path):
            row = self._connection.execute("SELECT body FROM lock WHERE id = 1").fetchone()
        unlock(_loads(row), password)

    def _sealed(self, records: Sequence[Record]) -> list[Record]:
        return [
            (kind, id_, self._key.seal(plaintext, _name(self._purpose, kind, id_)))
            for kind, id_, plaintext in records
        ]

    def _open(self, kind: str, id_: str, box: bytes) -> bytes:
        return self._key.open(box, _name(self._purpose, kind, id_))

    def _transaction(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return database.transaction(self._connection, self._path)


def _name(purpose: Purpose, kind: str, id_: str) -> str:
    # JSON quotes each part, so that no two records have one name
    return "zkcredit-record/1:" + json.dumps([purpose, kind, id_])


def _dumps(body: dict[str, object]) -> str:
    return json.dumps(body, sort_keys=True)


def _loads(row: tuple[str] | None) -> object:
    try:
        return strict_json.loads(row[0], "lock", _LONGEST_LOCK) if row else None
    except MalformedFile:
        raise DamagedFile("the lock is not intact; restore the file from a backup") from None
