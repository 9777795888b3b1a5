"""Follow a child process through its calls to the system: kill it before one, or record them all.

Only calls that reach a file or a socket count. A child that is killed before its n-th call is dead
for good, with whatever the system had got from it until then, so nothing about a kill is modelled.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SENDS", "WRITES", "Call", "Ended", "calls_of", "follow", "killed_before"]

_TRACEME = 0
_OPTIONS = 0x100001  # a bit in the signal of a call's stop; a parent that dies kills the child
_SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 24, 0x4200, 0x420E
_ENTRY, _EXIT = 1, 2
_STOP = signal.SIGTRAP | 0x80
_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7
_MOST_READ: Final = 1 << 24

_NUMBERS: Final = {
    _X86_64: {
        0: "read", 1: "write", 2: "open", 3: "close", 17: "pread64", 18: "pwrite64", 20: "writev",
        41: "socket", 42: "connect", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
        72: "fcntl", 74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate", 82: "rename",
        83: "mkdir", 84: "rmdir", 85: "creat", 86: "link", 87: "unlink", 88: "symlink",
        90: "chmod", 91: "fchmod", 257: "openat", 258: "mkdirat", 263: "unlinkat",
        264: "renameat", 265: "linkat", 268: "fchmodat", 285: "fallocate", 316: "renameat2",
    },
    _AARCH64: {
        25: "fcntl", 34: "mkdirat", 35: "unlinkat", 37: "linkat", 38: "renameat",
        45: "truncate", 46: "ftruncate", 47: "fallocate", 52: "fchmod", 53: "fchmodat",
        56: "openat", 57: "close", 63: "read", 64: "write", 66: "writev", 67: "pread64",
        68: "pwrite64", 82: "fsync", 83: "fdatasync", 198: "socket", 203: "connect",
        206: "sendto", 207: "recvfrom", 211: "sendmsg", 212: "recvmsg", 276: "renameat2",
    },
}  # fmt: skip

WRITES: Final = frozenset({
    "write", "pwrite64", "writev", "fsync", "fdatasync", "truncate", "ftruncate", "fallocate",
    "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "symlink", "mkdir",
    "mkdirat", "rmdir", "creat", "chmod", "fchmod", "fchmodat",
})  # fmt: skip
"""Calls that change what is on a disk, or wait until it is there."""

SENDS: Final = frozenset({"sendto", "sendmsg"})
"""Calls after which somebody else may know something."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_LIBC.ptrace.restype = ctypes.c_long


class _Info(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("place", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("values", ctypes.c_uint64 * 8),
    )


@dataclass(slots=True)
class Call:
    """A call that a child is about to make.

    Attributes:
        name: the system's name of it.
        arguments: six numbers.
        child: process id, whose memory the arguments may point to.
        result: what it returned; None before it is done.
    """

    name: str
    arguments: tuple[int, ...]
    child: int
    result: int | None = field(default=None)

    def memory(self, place: int, length: int) -> bytes:
        """Bytes of the child."""
        if not 0 <= length <= _MOST_READ:
            raise ValueError(f"{length} bytes of another process")
        with open(f"/proc/{self.child}/mem", "rb", buffering=0) as memory:
            memory.seek(place)
            return memory.read(length)

    def text(self, place: int) -> str:
        """A path of the child."""
        found = b""
        while b"\0" not in found:
            step = 256 - (place + len(found)) % 256  # never beyond a page
            found += self.memory(place + len(found), step)
        return os.fsdecode(found.partition(b"\0")[0])

    def file(self, descriptor: int) -> str:
        """The path behind a descriptor of the child."""
        return os.readlink(f"/proc/{self.child}/fd/{descriptor}")

    def position(self, descriptor: int) -> int:
        """Where the child's next write to a descriptor goes."""
        with open(f"/proc/{self.child}/fdinfo/{descriptor}") as told:
            return int(told.readline().split()[1])

    def sends(self, word: bytes) -> bool:
        """Whether a word is in what is about to be sent over a socket."""
        return self.name == "sendto" and word in self.memory(
            self.arguments[1], min(self.arguments[2], 4096)
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Attributes:
        code: its exit code; None if it was killed.
        calls: how many calls to files and sockets it began.
    """

    code: int | None
    calls: int


def follow(
    action: Callable[[], int],
    before: Callable[[Call], bool],
    after: Callable[[Call], None] | None = None,
) -> Ended:
    """Run an action in a child and stop it before each call to a file or a socket.

    Args:
        action: what the child does; returns its exit code.
        before: looks at a call; True kills the child, and the call is not made.
        after: looks at a call that was made, with its result.
    """
    child = os.fork()
    if child == 0:
        _be_followed(action)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "the child did not wait"
    if _LIBC.ptrace(_SETOPTIONS, child, None, _OPTIONS) != 0:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise AssertionError("this system lets nobody trace a child of one's own")
    return _followed(child, before, after)


def killed_before(action: Callable[[], int], number: int) -> Ended:
    """Run an action in a child, and kill it before its n-th call to a file or a socket."""
    left = number

    def before(_: Call) -> bool:
        nonlocal left
        left -= 1
        return left == 0

    return follow(action, before)


def calls_of(action: Callable[[], int], word: bytes) -> tuple[list[str], int | None]:
    """The names of all calls to files and sockets, and the exit code.

    A call that sends the word has a star behind its name.
    """
    names: list[str] = []

    def before(call: Call) -> bool:
        names.append(call.name + "*" * call.sends(word))
        return False

    return names, follow(action, before).code


def _be_followed(action: Callable[[], int]) -> None:
    code = 99
    try:
        _LIBC.ptrace(_TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        code = action()
    except BaseException as error:
        sys.stderr.write(f"in the child: {error!r}\n")
    finally:
        os._exit(code)


def _followed(
    child: int, before: Callable[[Call], bool], after: Callable[[Call], None] | None
) -> Ended:
    info, size, count = _Info(), ctypes.sizeof(_Info), 0
    place = ctypes.byref(info)
    going: Call | None = None
    ptrace, waitpid = _LIBC.ptrace, os.waitpid
    deliver = None
    while True:
        ptrace(_SYSCALL, child, None, deliver)
        deliver = None
        _, status = waitpid(child, 0)
        if os.WIFEXITED(status):
            return Ended(os.WEXITSTATUS(status), count)
        if os.WIFSIGNALED(status):
            raise AssertionError(f"signal {os.WTERMSIG(status)} ended the child")
        if os.WSTOPSIG(status) != _STOP:
            deliver = os.WSTOPSIG(status)
            continue
        assert ptrace(_SYSCALL_INFO, child, size, place) > 0, "ptrace does not tell the call"
        if info.op == _ENTRY:
            name = _NUMBERS[info.arch].get(info.values[0])
            if name is None:
                continue
            going, count = Call(name, tuple(info.values[1:7]), child), count + 1
            if before(going):
                os.kill(child, signal.SIGKILL)
                waitpid(child, 0)
                return Ended(None, count)
        elif info.op == _EXIT and going is not None:
            result = info.values[0]
            going.result = result - (1 << 64) if result >> 63 else result
            if after is not None:
                after(going)
            going = None
