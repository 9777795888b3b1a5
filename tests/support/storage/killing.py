"""Run something in a child process and kill it at its n-th system call.

With ptrace the kill falls exactly before or after a chosen system call; where a machine forbids
ptrace, it falls after a delay that grows with n, which finds the same faults less surely.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TRACEME, _SYSCALL, _SETOPTIONS = 0, 24, 0x4200
_EXITKILL = 0x100000
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_LIBC.ptrace.restype = ctypes.c_long


def run_and_kill(action: Callable[[], object], at: int) -> bool:
    """Run ``action`` in a child and kill it at its ``at``-th stop.

    Returns whether the child was killed: False means that it had finished before.
    Raises AssertionError when the action failed by itself.
    """
    child = os.fork()
    if child == 0:
        _run_child(action)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    traced = _LIBC.ptrace(_SETOPTIONS, child, None, _EXITKILL) == 0
    return _kill_at_stop(child, at) if traced else _kill_after(child, at * 50e-6)


def _run_child(action: Callable[[], object]) -> None:
    code = 1
    try:
        _LIBC.ptrace(_TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        action()
        code = 0
    except BaseException as error:
        sys.stderr.write(f"in the child: {error!r}\n")
    finally:
        os._exit(code)


def _kill_at_stop(child: int, at: int) -> bool:
    for _ in range(at):
        _LIBC.ptrace(_SYSCALL, child, None, None)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _kill_after(child: int, delay: float) -> bool:
    os.kill(child, signal.SIGCONT)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
