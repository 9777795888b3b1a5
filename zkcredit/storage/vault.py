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

import contextlib
import json
import os
import sqlite3
import stat
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, Self
from urllib.parse import quote

from zkcredit._internal import strict_json
from zkcredit._internal.files import PRIVATE, write_atomic
from zkcredit.errors import (
    DamagedFile,
    InvalidInput,
    MachineError,
    MalformedFile,
    WalletError,
    ZkCreditError,
)
from zkcredit.storage.password_lock import DataKey, KdfCost, lock, unlock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Record", "SealedStore"]

_APPLICATION_IDS: Final = {  # "zkcw", "zkci", "zkca"
    "wallet": 0x7A6B_6377,
    "issuer": 0x7A6B_6369,
    "arbiter": 0x7A6B_6361,
}
_VERSION: Final = 1
_LARGEST: Final = 1 << 28
_LONGEST_LOCK: Final = 1 << 14
_SCHEMA: Final = (
    "CREATE TABLE lock (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT",
    "CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, box BLOB NOT NULL, "
    "PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID",
)

Purpose = Literal["wallet", "issuer", "arbiter"]

Record = tuple[str, str, bytes]
"""Kind, id, and plaintext."""


class SealedStore:
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
        return f"SealedStore({str(self._path)!r})"

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
        # A journal left beside a deleted wallet would be rolled back into the new one.
        for name in (f"{path}{end}" for end in ("", "-journal", "-wal")):
            if os.path.lexists(name):
                raise InvalidInput(f"{name} exists already; choose another path or remove it")
        body, key = lock(password, cost)
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as image:
            image.execute(f"PRAGMA application_id = {_APPLICATION_IDS[purpose]}")
            image.execute(f"PRAGMA user_version = {_VERSION}")
            for statement in _SCHEMA:
                image.execute(statement)
            image.execute("INSERT INTO lock VALUES (1, ?)", (_dumps(body),))
            for kind, id_, plaintext in records:
                box = key.seal(plaintext, _name(purpose, kind, id_))
                image.execute("INSERT INTO records VALUES (?, ?, ?)", (kind, id_, box))
            data = image.serialize()
        write_atomic(path, data, mode=PRIVATE, overwrite=False)
        return cls(_connect(path, purpose), path, purpose, key)

    @classmethod
    def open(cls, path: Path, purpose: Purpose, password: str) -> Self:
        """Open an existing file.

        Raises:
            WrongPassword: the password is another.
            DamagedFile: the file is of another purpose, or not intact.
            InvalidInput: there is no such file, or the password is empty.
            WalletError: another process keeps it locked.
        """
        connection = _connect(path, purpose)
        try:
            with _typed_errors(path):
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
        with _typed_errors(self._path):
            row = self._connection.execute(
                "SELECT box FROM records WHERE kind = ? AND id = ?", (kind, id_)
            ).fetchone()
        return None if row is None else self._open(kind, id_, row[0])

    def all(self, kind: str) -> list[tuple[str, bytes]]:
        """Id and plaintext of every record of a kind, by id. Raises as :meth:`get`."""
        with _typed_errors(self._path):
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
        with _typed_errors(self._path):
            row = self._connection.execute("SELECT body FROM lock WHERE id = 1").fetchone()
        unlock(_loads(row), password)

    def _sealed(self, records: Sequence[Record]) -> list[Record]:
        return [
            (kind, id_, self._key.seal(plaintext, _name(self._purpose, kind, id_)))
            for kind, id_, plaintext in records
        ]

    def _open(self, kind: str, id_: str, box: bytes) -> bytes:
        return self._key.open(box, _name(self._purpose, kind, id_))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _typed_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise


def _connect(path: Path, purpose: Purpose) -> sqlite3.Connection:
    _check_file(path)
    uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=rw"
    with _typed_errors(path):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)
        try:
            _configure(connection, purpose)
            _check_size(connection, path)
            return connection
        except BaseException:
            connection.close()
            raise


def _configure(connection: sqlite3.Connection, purpose: Purpose) -> None:
    for pragma in (
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "mmap_size = 0",
        "synchronous = EXTRA",
        "secure_delete = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    identity = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "journal_mode")
    ]
    # Counted, not sorted: in a damaged file a statement may be of any type.
    schema = Counter(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema"))
    expected = [_APPLICATION_IDS[purpose], _VERSION, "delete"]
    if identity != expected or schema != Counter(_SCHEMA):
        raise DamagedFile(f"the file is not a zkcredit {purpose} of this version")
    # SQLite fills a page that is cut off with zeros, and believes a page's count of its cells:
    # without this, such a file would open with records missing.
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise DamagedFile("the file is not intact; restore it from a backup")


def _check_size(connection: sqlite3.Connection, path: Path) -> None:
    # After a journal has been rolled back, if there was one: SQLite completes half a page itself.
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    try:
        size = path.stat().st_size
    except OSError:
        raise WalletError(f"{path} went away while it was being opened") from None
    if size % page:
        raise DamagedFile("the file is cut off; restore it from a backup")


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise InvalidInput(f"cannot open {path}: {reason}") from None
    if not stat.S_ISREG(status.st_mode):
        raise InvalidInput(f"cannot open {path}: not a regular file")
    if status.st_size > _LARGEST:
        raise DamagedFile(f"{path} is larger than any such file")
    if status.st_mode & 0o077:
        try:
            path.chmod(PRIVATE)
        except OSError:
            raise WalletError(f"{path} is open to other users and cannot be closed") from None


@contextlib.contextmanager
def _typed_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ZkCreditError:
        raise
    except sqlite3.ProgrammingError as error:
        raise WalletError("the file is closed, or used from another thread") from error
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise WalletError(f"{path} is in use by another process; try again") from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            raise WalletError(f"{path} cannot be opened for writing") from error
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM):
            raise MachineError(f"the machine failed while using {path}") from error
        raise DamagedFile(f"{path} is not intact; restore it from a backup") from error
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        raise DamagedFile(f"{path} is not intact; restore it from a backup") from error


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
