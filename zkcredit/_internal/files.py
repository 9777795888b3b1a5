"""Reading and writing files so that neither a crash nor a hostile file does harm.

A write goes to a temporary file beside the target. The file is flushed to the disk, then takes the
target's name in one step, and then the folder is flushed. After a crash the path holds the old
bytes or the new ones, never a part. A plain ``open(path, "w")`` loses both if the process dies
between truncating and writing.

A read refuses whatever is not a regular file, because a pipe would hang and a device never ends,
and it stops at the caller's limit.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from zkcredit.errors import InvalidInput, MachineError, MalformedFile, OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["PRIVATE", "PUBLIC", "map_readonly", "read_limited", "remove", "write_atomic"]

PRIVATE: Final = 0o600
"""Mode of a file that holds a secret, for example a witness or a wallet."""

PUBLIC: Final = 0o644
"""Mode of a file that anybody may read."""

_MACHINE_FAULTS: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE}
)
_CHUNK: Final = 1 << 24


def write_atomic(
    path: str | Path, data: bytes | memoryview, *, mode: int = PUBLIC, overwrite: bool = True
) -> None:
    """Write ``data`` to ``path``, all or nothing, and wait until the disk has it.

    A symbolic link is followed: the file it points to is replaced, the link stays.

    Args:
        path: the file to write; its folder must exist.
        data: the whole content.
        mode: permission bits of the new file, whatever the umask.
        overwrite: whether an existing file may be replaced.

    Raises:
        InvalidInput: if the path cannot be written: the folder does not exist, there is no
            permission, the path is a pipe or a device, or it exists and ``overwrite`` is False.
        MachineError: if the machine fails: the disk is full, no descriptor is left, or writing
            fails.
    """
    with _typed_errors("write", path):
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            # the last step would replace the device by a file; root could lose /dev/null
            raise InvalidInput(f"cannot write {path}: not a regular file")
        folder = os.path.dirname(target)
        # The name says nothing about the target, so that it fits beside any legal name.
        temporary = os.path.join(folder, f".zkcredit-{secrets.token_hex(8)}.tmp")
        try:
            _write_new(temporary, data, mode)
            if overwrite:
                os.replace(temporary, target)
            else:
                os.link(temporary, target)  # unlike rename, this fails if the name is taken
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        _flush_folder(folder)


def remove(path: str | Path) -> None:
    """Remove a file if it is there, and wait until the disk knows.

    Raises:
        InvalidInput: if it may not be removed, or is a folder.
        MachineError: if the machine fails.
    """
    with _typed_errors("remove", path):
        target = os.path.realpath(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(target)
            _flush_folder(os.path.dirname(target))


def read_limited(path: str | Path, max_bytes: int) -> bytes:
    """Read a whole regular file of at most ``max_bytes`` bytes.

    Raises:
        InvalidInput: if the file does not exist, may not be read, or is not a regular file.
        MalformedFile: if the file is larger than ``max_bytes``.
        OutOfMemory: if the file does not fit into memory.
    """
    with _typed_errors("read", path):
        descriptor, status = _open_regular(path)
        with open(descriptor, "rb") as file:
            if status.st_size > max_bytes:
                raise MalformedFile(
                    f"{path} has {status.st_size} bytes; at most {max_bytes} are accepted"
                )
            # Ask for one byte more, so that a file that grows meanwhile is noticed.
            data = file.read(status.st_size + 1)
    if len(data) > status.st_size:
        raise InvalidInput(f"cannot read {path}: it changed while it was being read")
    return data


def map_readonly(path: str | Path) -> memoryview:
    """Map a regular file into memory, so that only the pages that are used are read.

    This is for files of gigabytes of which a part is needed. Unlike ``read_limited`` it does not
    take a copy: if somebody shortens the file meanwhile, the process ends at the first page that
    is gone.

    Raises:
        InvalidInput: if the file does not exist, may not be read, or is not a regular file.
        OutOfMemory: if the process's address space has no room for it.
    """
    with _typed_errors("read", path):
        descriptor, status = _open_regular(path)
        try:
            if status.st_size == 0:  # the system refuses to map an empty file
                return memoryview(b"")
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)


def _open_regular(path: str | Path) -> tuple[int, os.stat_result]:
    # Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise InvalidInput(f"cannot read {path}: not a regular file")
    return descriptor, status


def _write_new(path: str, data: bytes | memoryview, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE)
    try:
        view = memoryview(data).cast("B")
        while view:
            view = view[os.write(descriptor, view[:_CHUNK]) :]
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _typed_errors(verb: str, path: str | Path) -> Iterator[None]:
    try:
        yield
    except InvalidInput:
        raise
    except MemoryError as error:
        raise OutOfMemory(f"no memory to {verb} {path}") from error
    except (OSError, ValueError, TypeError) as error:  # a NUL byte in the path, or no path at all
        reason = getattr(error, "strerror", None) or str(error)
        number = getattr(error, "errno", None)
        if number == errno.ENOMEM:
            raise OutOfMemory(f"no memory to {verb} {path}") from error
        kind = MachineError if number in _MACHINE_FAULTS else InvalidInput
        raise kind(f"cannot {verb} {path}: {reason}") from error
