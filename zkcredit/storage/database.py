"""The library's own SQLite files: complete before they get their name, checked before use.

A file is recognised by SQLite's ``application_id``, its version and exactly its schema, without
triggers or views. Its pages are checked when it is opened. Durability comes from a rollback
journal flushed with ``synchronous=EXTRA``: if the process is killed at any point, the file holds
the old state or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from zkcredit._internal.files import PRIVATE, write_atomic
from zkcredit.errors import DamagedFile, InvalidInput, MachineError, WalletError, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

__all__ = ["FileKind", "connect", "copy", "create", "transaction", "typed_errors"]

_LARGEST: Final = 1 << 28
_MACHINE_FAULTS: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file, and how to recognise it.

    Attributes:
        name: the name that errors use.
        application_id: SQLite's mark of the application, 32 bits.
        version: the version of the schema.
        schema: every statement that makes the schema, as SQLite stores it.
        largest: the most bytes that a file of this kind can have; 0 for 256 MiB.
    """

    name: str
    application_id: int
    version: int
    schema: tuple[str, ...]
    largest: int = 0


def copy(connection: sqlite3.Connection, path: Path, target: Path) -> None:
    """Write one state of an open file to a new one, all or nothing, while others may write to it.

    Raises:
        InvalidInput: if the target exists already or cannot be written.
        WalletError: if the file is closed, or another process keeps it locked.
        MachineError: if the machine fails: the disk is full, or reading or writing fails.
    """
    _require_free(target)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as image:
        with typed_errors(path):
            connection.backup(image)
        data = image.serialize()
    write_atomic(target, data, mode=PRIVATE, overwrite=False)


def create(path: Path, kind: FileKind, rows: Sequence[tuple[str, Sequence[Any]]] = ()) -> None:
    """Write a new file, all or nothing.

    Args:
        path: path of the new file; neither it nor a journal of it may exist.
        kind: the kind of the new file.
        rows: statements, with their values, that fill the file.

    Raises:
        InvalidInput: if the path exists already or cannot be written.
    """
    _require_free(path)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as image:
        image.execute(f"PRAGMA application_id = {kind.application_id}")
        image.execute(f"PRAGMA user_version = {kind.version}")
        for statement in kind.schema:
            image.execute(statement)
        for statement, values in rows:
            image.execute(statement, values)
        data = image.serialize()
    write_atomic(path, data, mode=PRIVATE, overwrite=False)


def _require_free(path: Path) -> None:
    # SQLite would roll a journal left beside a deleted file back into the new one.
    for name in (f"{path}{end}" for end in ("", "-journal", "-wal")):
        if os.path.lexists(name):
            raise InvalidInput(f"{name} exists already; choose another path, or remove the file")


def connect(path: Path, kind: FileKind, *, any_thread: bool = False) -> sqlite3.Connection:
    """Open an existing file and check it.

    Args:
        path: path of the file.
        kind: the kind that the file must be.
        any_thread: whether other threads may use the connection; the caller then makes them take
            turns.

    Raises:
        InvalidInput: if the file does not exist, or is a link.
        DamagedFile: if the file has another kind, or it is corrupted.
        WalletError: if another process keeps the file locked, or the file cannot be written.
    """
    # Nothing of the file is changed, neither its mode nor what a journal beside it says, before it
    # is known to be ours; and what was checked is what is changed.
    with _file_of(path, kind) as descriptor, typed_errors(path):
        connection = sqlite3.connect(
            _uri(path, "mode=rw"),
            uri=True,
            isolation_level=None,
            timeout=10,
            check_same_thread=not any_thread,
        )
        try:
            _configure(connection, path, kind)
            _require_whole(connection, path)
            _make_private(descriptor, path)
            return connection
        except BaseException:
            connection.close()
            raise


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Write in one transaction: all of it, or nothing.

    Raises:
        WalletError: if the file is closed, locked, or cannot be written.
        MachineError: if the machine fails: the disk is full, or reading or writing fails.
        DamagedFile: if the file is corrupted.
    """
    with typed_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def _configure(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
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
    # Count and do not sort: in a damaged file a statement may have any type.
    schema = Counter(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema"))
    expected = [kind.application_id, kind.version, "delete"]
    if identity != expected or schema != Counter(kind.schema):
        raise DamagedFile(f"{path} is not a zkcredit {kind.name} of this version")
    # SQLite fills a page that is cut off with zeros, and trusts a page's count of its cells:
    # without this check, such a file would open with records missing.
    check = "PRAGMA quick_check(1)"
    if connection.execute(check).fetchone() != ("ok",):
        # A read that failed is reported like damage, but not twice.
        passed = connection.execute(check).fetchone() == ("ok",)
        raise _failure(path) if passed or not _readable(path) else _damaged(path)


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    # This runs after a journal was rolled back, if there was one: SQLite completes half a page.
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise WalletError(f"{path} disappeared while it was being opened") from None
    except OSError as error:
        raise _failure(path) from error
    if size % page:
        raise DamagedFile(f"{path} is cut off; restore it from a backup")


@contextlib.contextmanager
def _file_of(path: Path, kind: FileKind) -> Iterator[int]:
    """Name a file by a descriptor, without following a link, and check that it is of this kind."""
    try:
        # Not for reading: closing such a descriptor would end the locks that SQLite holds on the
        # file for other connections of this process.
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) in _MACHINE_FAULTS:
            raise _failure(path) from error
        reason = getattr(error, "strerror", None) or "not a path"
        raise InvalidInput(f"cannot open {path}: {reason}") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISLNK(status.st_mode):
            raise InvalidInput(f"cannot open {path}: it is a link; name the file itself")
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInput(f"cannot open {path}: not a regular file")
        if status.st_size > (kind.largest or _LARGEST):
            raise DamagedFile(f"{path} is too large to be such a file")
        _require_mark(path, kind)
        yield descriptor
    finally:
        os.close(descriptor)


def _require_mark(path: Path, kind: FileKind) -> None:
    # "immutable" reads the file as it is, without lock and without rolling a journal back.
    with (
        typed_errors(path),
        contextlib.closing(
            sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None)
        ) as look,
    ):
        try:
            (mark,) = look.execute("PRAGMA application_id").fetchone()
        except sqlite3.DatabaseError:
            # The first page may have been lost with the power; then a journal has it, and the
            # check is repeated after SQLite has brought it back.
            if not os.path.lexists(f"{path}-journal"):
                raise
        else:
            if mark != kind.application_id:
                raise DamagedFile(f"{path} is not a zkcredit {kind.name} of this version")


def _uri(path: Path, how: str) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?{how}"


def _make_private(descriptor: int, path: Path) -> None:
    try:
        status, now = os.fstat(descriptor), os.stat(path, follow_symlinks=False)
        if (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino):
            raise WalletError(f"{path} was replaced while it was being opened")
        if status.st_mode & 0o077:
            os.chmod(f"/proc/self/fd/{descriptor}", PRIVATE)
    except OSError as error:
        if error.errno in _MACHINE_FAULTS:
            raise _failure(path) from error
        raise WalletError(
            f"other users may read {path}, and its permissions cannot be changed"
        ) from None


@contextlib.contextmanager
def typed_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into typed errors that name the file.

    Raises:
        WalletError: if the file is closed, locked, or cannot be written.
        MachineError: if the machine fails: the disk is full, or reading or writing fails.
        DamagedFile: if the file is corrupted.
    """
    try:
        yield
    except ZkCreditError:
        raise
    except sqlite3.ProgrammingError as error:
        raise WalletError("the file is closed, or another thread uses it") from error
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise WalletError(f"another process is using {path}; try again") from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            if _may_be_written(path):  # then it is not for want of a permission
                raise (_failure if _is_of_this_sqlite(path) else _damaged)(path) from error
            raise WalletError(f"{path} cannot be opened for writing") from error
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM):
            raise _failure(path) from error
        raise _damaged(path) from error
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise (_damage(path) if code == sqlite3.SQLITE_CORRUPT else _damaged(path)) from error


def _failure(path: Path) -> MachineError:
    return MachineError(
        f"the machine failed: {path} could not be read or written; nothing in it is lost"
    )


def _is_of_this_sqlite(path: Path) -> bool:
    """Return whether the header lets SQLite write; one for a later version does not."""
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError:
        return True  # the machine failed
    return not header or (len(header) == 20 and header[18] in (1, 2))


def _may_be_written(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _damage(path: Path) -> ZkCreditError:
    """Return the error for a file that SQLite calls corrupt: a read that failed is that, too."""
    if not _readable(path):
        return _failure(path)
    with (
        contextlib.suppress(sqlite3.Error, UnicodeError),
        contextlib.closing(
            sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None)
        ) as again,
    ):
        again.execute("PRAGMA trusted_schema = OFF")
        again.execute("PRAGMA cell_size_check = ON")
        if again.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
            return _failure(path)
    return _damaged(path)


def _damaged(path: Path) -> DamagedFile:
    return DamagedFile(f"{path} is not intact; restore it from a backup")


def _readable(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
    except OSError:
        return False
    return True
