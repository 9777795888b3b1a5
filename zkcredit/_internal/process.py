"""What a process does so that its memory does not end in a file or in another process's hands."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from typing import Final

__all__ = ["keep_memory_private"]

_PR_SET_DUMPABLE: Final = 4


def keep_memory_private() -> None:
    """Forbid core dumps of this process, and other processes of the user to look into it.

    For programs that open secrets; a library does not decide this for the process that it is in.
    What the system does not offer is left out: the limit on core dumps is POSIX, the other Linux.
    """
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
