"""numpy arrays that touch an inaccessible page, and the kernel called with nothing else."""

from __future__ import annotations

import ctypes
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_NONE, _READ = 0, 1
PAGE = mmap.PAGESIZE


def guarded(array: NDArray[Any], side: str) -> NDArray[Any]:
    """A read-only copy that ends (side "end") or begins ("start") at an inaccessible page.

    Side "plain" gives the array back.
    """
    if side == "plain":
        return array
    pages = max(1, -(-array.nbytes // PAGE))
    memory = mmap.mmap(-1, (pages + 2) * PAGE)
    offset = PAGE if side == "start" else (pages + 1) * PAGE - array.nbytes
    out = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    out[...] = array
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for at, count, rights in ((0, 1, _NONE), (PAGE, pages, _READ), ((pages + 1) * PAGE, 1, _NONE)):
        if _libc.mprotect(start + at, count * PAGE, rights) != 0:
            raise OSError(ctypes.get_errno(), "mprotect")
    return out


class GuardedKernel:
    """The kernel's module, with every array that it is given on the edge of a page."""

    def __init__(self, kernel: Any, side: str) -> None:
        self._kernel, self._side = kernel, side
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._kernel, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            self.called.add(name)
            moved = {key: self._moved(value) for key, value in named.items()}
            out = value(*map(self._moved, arguments), **moved)
            return _GuardedObject(out, self, name) if isinstance(value, type) else out

        return call

    def _moved(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return guarded(value, self._side)
        if isinstance(value, tuple):
            return tuple(map(self._moved, value))
        return value.plain if isinstance(value, _GuardedObject) else value


class _GuardedObject:
    def __init__(self, plain: Any, kernel: GuardedKernel, name: str) -> None:
        self.plain, self._kernel, self._name = plain, kernel, name

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.plain, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            self._kernel.called.add(f"{self._name}.{name}")
            return value(*map(self._kernel._moved, arguments), **named)

        return call
