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
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = [
    "PRIVATE",
    "PUBLIC",
    "map_readonly",
    "read_limited",
    "remove",
    "write_atomic",
    "write_together",
]

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
        target = _target_of(path)
        if overwrite:
            _replace(target, data, mode)
        else:
            _create(target, data, mode)


def write_together(documents: Sequence[tuple[str | Path, bytes]], *, mode: int = PUBLIC) -> None:
    """Write files that belong together, such as a proof and its public inputs, or none of them.

    All are written whole first. Then the old ones are moved aside, the last one first, and the new
    ones take their names. If a step fails, the steps before it are undone. A process that is killed
    meanwhile leaves files of one kind, old or new, without those behind them, and never an old one
    beside a new one.

    Args:
        documents: path and content of each; the folders must exist.
        mode: permission bits of the new files, whatever the umask.

    Raises:
        InvalidInput: if a path cannot be written, or two are the same.
        MachineError: if the machine fails. The old files are then in their places.
    """
    targets = []
    for path, data in documents:
        with _typed_errors("write", path):
            targets.append((_target_of(path), data))
    names = ", ".join(str(path) for path, _ in documents)
    if len({target for target, _ in targets}) < len(targets):
        raise InvalidInput(f"cannot write {names}: two of them are the same file")
    with _typed_errors("write", names):
        _replace_all(targets, mode)


def _target_of(path: str | Path) -> str:
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return target
    if not stat.S_ISREG(mode):
        # the last step would replace the device by a file; root could lose /dev/null
        raise InvalidInput(f"cannot write {path}: not a regular file")
    return target


def _beside(target: str) -> str:
    # The name says nothing about the target, so that it fits beside any legal name.
    return os.path.join(os.path.dirname(target), f".zkcredit-{secrets.token_hex(8)}.tmp")


def _create(target: str, data: bytes | memoryview, mode: int) -> None:
    temporary = _beside(target)
    try:
        _write_new(temporary, data, mode)
        os.link(temporary, target)  # unlike rename, this fails if the name is taken
        try:
            _flush_folder(os.path.dirname(target))
        except BaseException:
            _forget(target)  # or who tries again would be told that the file exists already
            raise
    finally:
        _forget(temporary)


def _replace(target: str, data: bytes | memoryview, mode: int) -> None:
    temporary, aside = _beside(target), _beside(target)
    try:
        _write_new(temporary, data, mode)
        old, kept = os.path.exists(target), False
        if old:
            kept = _linked(target, aside)
        os.replace(temporary, target)
        try:
            _flush_folder(os.path.dirname(target))
        except BaseException:
            if kept:
                os.replace(aside, target)
            elif not old:
                _forget(target)
            raise
    finally:
        _forget(temporary)
        _forget(aside)


def _linked(target: str, aside: str) -> bool:
    try:
        os.link(target, aside)
    except OSError as error:
        if error.errno in _MACHINE_FAULTS:
            raise
        return False  # a file system without a second name for a file
    return True


def _replace_all(targets: Sequence[tuple[str, bytes]], mode: int) -> None:
    files = [(target, _beside(target), _beside(target)) for target, _ in targets]
    steps: list[tuple[str, str]] = []
    try:
        for (_, temporary, _), (_, data) in zip(files, targets, strict=True):
            _write_new(temporary, data, mode)
        for target, _, aside in reversed(files):
            if os.path.exists(target):
                os.rename(target, aside)
                steps.append((target, aside))
                _flush_folder(os.path.dirname(target))
        for target, temporary, _ in files:
            os.rename(temporary, target)
            steps.append((temporary, target))
            _flush_folder(os.path.dirname(target))  # the order is the same if the power fails
    except BaseException:
        _undo(steps)
        raise
    finally:
        for _, temporary, _ in files:
            _forget(temporary)
    for _, _, aside in files:
        _forget(aside)


def _undo(steps: list[tuple[str, str]]) -> None:
    while steps:
        before, after = steps[-1]
        try:
            os.rename(after, before)
        except OSError as error:
            kept = ", ".join(f"{before} as {after}" for before, after in steps)
            raise MachineError(
                f"the machine failed while files were put back; what is kept: {kept}"
            ) from error
        steps.pop()


def _forget(path: str) -> None:
    # What is left over does no harm, so it is not worth an error.
    with contextlib.suppress(OSError):
        os.unlink(path)


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
    except (InvalidInput, MachineError):
        raise
    except MemoryError as error:
        raise OutOfMemory(f"no memory to {verb} {path}") from error
    except (OSError, ValueError, TypeError) as error:  # a NUL byte in the path, or no path at all
        reason = getattr(error, "strerror", None) or str(error)
        number = getattr(error, "errno", None)
        if number == errno.ENOMEM:
            raise OutOfMemory(f"no memory to {verb} {path}") from error
        if number in _MACHINE_FAULTS:
            raise MachineError(f"the machine failed: cannot {verb} {path}: {reason}") from error
        raise InvalidInput(f"cannot {verb} {path}: {reason}") from error
