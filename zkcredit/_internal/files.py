"""Reading and writing files so that neither a crash nor a hostile file does harm.

A write goes to a temporary file beside the target, is flushed to the disk, and then takes the
target's name in one step; the folder is flushed as well. After a crash the path holds the old
bytes or the new ones, never a part. A plain ``open(path, "w")`` loses both when the process
dies between truncation and write.

A read refuses whatever is not a regular file (a pipe would hang, a device never ends) and
stops at a limit that the caller states.
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

__all__ = ["PRIVATE", "PUBLIC", "map_readonly", "read_limited", "write_atomic"]

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
        overwrite: with False an existing file is left alone and InvalidInput is raised.

    Raises:
        InvalidInput: the path cannot be written (no such folder, no permission, exists already,
            is a pipe or a device).
        MachineError: the machine failed (disk full, no descriptor left, input/output error).
    """
    with _typed_errors("write", path):
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            # the last step would put a file in its place: of /dev/null, where root may
            raise InvalidInput(f"cannot write {path}: not a regular file")
        folder = os.path.dirname(target)
        # The name says nothing about the target, so that it fits beside any legal name.
        temporary = os.path.join(folder, f".zkcredit-{secrets.token_hex(8)}.tmp")
        try:
            _write_new(temporary, data, mode)
            if overwrite:
                os.replace(temporary, target)
            else:
                os.link(temporary, target)  # unlike rename, fails where the name is taken
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        _flush_folder(folder)


def read_limited(path: str | Path, max_bytes: int) -> bytes:
    """Read a whole regular file of at most ``max_bytes`` bytes.

    Raises:
        InvalidInput: there is no such file, or it may not be read, or is not a regular file.
        MalformedFile: the file is larger than ``max_bytes``.
        OutOfMemory: the file does not fit into memory.
    """
    with _typed_errors("read", path):
        descriptor, status = _open_regular(path)
        with open(descriptor, "rb") as file:
            if status.st_size > max_bytes:
                raise MalformedFile(
                    f"{path} has {status.st_size} bytes; at most {max_bytes} are accepted"
                )
            # One byte more than stated: a file that grows meanwhile must not slip through.
            data = file.read(status.st_size + 1)
    if len(data) > status.st_size:
        raise InvalidInput(f"cannot read {path}: it changes while being read")
    return data


def map_readonly(path: str | Path) -> memoryview:
    """Map a regular file into memory: what is not looked at is not read.

    For files of gigabytes of which a part is needed. Unlike ``read_limited`` it does not take a
    copy: nobody may shorten the file meanwhile, or the process ends at the first page that is gone.

    Raises:
        InvalidInput: there is no such file, or it may not be read, or is not a regular file.
        OutOfMemory: there is no room for it in the process's address space.
    """
    with _typed_errors("read", path):
        descriptor, status = _open_regular(path)
        try:
            if status.st_size == 0:  # which the system refuses to map
                return memoryview(b"")
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)


def _open_regular(path: str | Path) -> tuple[int, os.stat_result]:
    # Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever.
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
