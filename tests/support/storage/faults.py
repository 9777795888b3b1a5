"""Let one call of a child to the system fail: the disk is full, or reading and writing fails.

The fault is the kernel's answer, so that it reaches SQLite and Python alike. Only calls to files in
a chosen folder count: what the interpreter reads for itself is left alone.
"""

from __future__ import annotations

import ctypes
import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support.storage import tracing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Failed", "failing"]

_PEEKUSER, _POKEUSER, _GETREGSET, _SETREGSET = 3, 6, 0x4204, 0x4205
_ORIG_RAX, _RAX = 15 * 8, 10 * 8
_NT_PRSTATUS, _NT_SYSTEM_CALL = 1, 0x404
_STATS: Final = {
    tracing._X86_64: {
        4: "stat", 5: "fstat", 6: "lstat", 21: "access", 262: "newfstatat", 332: "statx",
    },
    tracing._AARCH64: {48: "faccessat", 79: "newfstatat", 80: "fstat", 291: "statx"},
}  # fmt: skip
_BY_PATH: Final = {  # which argument is the path
    "open": 0, "creat": 0, "stat": 0, "lstat": 0, "access": 0, "rename": 0, "link": 0, "unlink": 0,
    "chmod": 0, "truncate": 0, "openat": 1, "newfstatat": 1, "statx": 1, "faccessat": 1,
    "renameat": 1, "renameat2": 1, "linkat": 1, "unlinkat": 1, "fchmodat": 1,
}  # fmt: skip
_BY_DESCRIPTOR: Final = frozenset({
    "read", "write", "pread64", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate",
    "fallocate", "fchmod", "fstat", "fcntl",
})  # fmt: skip
_FILLS: Final = frozenset({
    "open", "openat", "creat", "write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate",
    "fallocate", "rename", "renameat", "renameat2", "link", "linkat",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failed:
    """What became of a child.

    Attributes:
        call: the call that was made to fail; "" if the child ended before.
        code: the child's exit code.
    """

    call: str
    code: int


def failing(action: Callable[[], int], folder: Path, number: int, code: int) -> Failed:
    """Run an action in a child, and let its n-th call to a file of a folder fail.

    Args:
        action: what the child does; returns its exit code.
        folder: calls to other files do not count.
        number: which call, from 1 on.
        code: ``errno.EIO``, or ``errno.ENOSPC``, which only calls give that may need space.
    """
    child = os.fork()
    if child == 0:
        tracing._be_followed(action)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "the child did not wait"
    assert tracing._LIBC.ptrace(tracing._SETOPTIONS, child, None, tracing._OPTIONS) == 0
    return _followed(child, os.fspath(folder), number, code)


def _followed(child: int, folder: str, number: int, code: int) -> Failed:
    info, size, left = tracing._Info(), ctypes.sizeof(tracing._Info), number
    ptrace, deliver, failed, skipped = tracing._LIBC.ptrace, None, "", False
    while True:
        ptrace(tracing._SYSCALL, child, None, deliver)
        deliver = None
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            return Failed(failed, os.WEXITSTATUS(status))
        assert not os.WIFSIGNALED(status), f"signal {os.WTERMSIG(status)} ended the child"
        if os.WSTOPSIG(status) != tracing._STOP:
            deliver = os.WSTOPSIG(status)
            continue
        assert ptrace(tracing._SYSCALL_INFO, child, size, ctypes.byref(info)) > 0
        if info.op == tracing._ENTRY and not failed:
            numbers = tracing._NUMBERS[info.arch] | _STATS[info.arch]
            name = numbers.get(info.values[0], "")
            call = tracing.Call(name, tuple(info.values[1:7]), child)
            if _counts(call, folder, code):
                left -= 1
                if left == 0:
                    failed, skipped = name, True
                    _skip(child, info.arch)
        elif info.op == tracing._EXIT and skipped:
            skipped = False
            _return(child, info.arch, -code)


def _counts(call: tracing.Call, folder: str, code: int) -> bool:
    if code == errno.ENOSPC and call.name not in _FILLS:
        return False
    try:
        if call.name in _BY_PATH:
            return call.text(call.arguments[_BY_PATH[call.name]]).startswith(folder)
        if call.name in _BY_DESCRIPTOR:
            return call.file(call.arguments[0]).startswith(folder)
    except OSError:  # no such descriptor: an answer of its own
        pass
    return False


def _skip(child: int, arch: int) -> None:
    nothing = ctypes.c_void_p(-1)
    if arch == tracing._X86_64:
        assert tracing._LIBC.ptrace(_POKEUSER, child, _ORIG_RAX, nothing) == 0
    else:
        _set(child, _NT_SYSTEM_CALL, (ctypes.c_int32 * 1)(-1))


def _return(child: int, arch: int, value: int) -> None:
    if arch == tracing._X86_64:
        assert tracing._LIBC.ptrace(_POKEUSER, child, _RAX, ctypes.c_void_p(value)) == 0
    else:
        registers = (ctypes.c_int64 * 34)()
        _transfer(_GETREGSET, child, _NT_PRSTATUS, registers)
        registers[0] = value
        _set(child, _NT_PRSTATUS, registers)


def _set(child: int, kind: int, values: ctypes.Array) -> None:
    _transfer(_SETREGSET, child, kind, values)


def _transfer(request: int, child: int, kind: int, values: ctypes.Array) -> None:
    place = (ctypes.c_void_p * 2)(ctypes.addressof(values), ctypes.sizeof(values))
    assert tracing._LIBC.ptrace(request, child, kind, ctypes.addressof(place)) == 0
