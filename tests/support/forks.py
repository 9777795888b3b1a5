"""A process with threads forks only between two collections of garbage.

A connection to SQLite that nobody closed is closed by the collector, in whichever thread it runs
and with Python's lock released. If the main thread forks at that moment, SQLite's own lock is held
in the child by a thread that the child does not have, and the child waits for ever.
"""

from __future__ import annotations

import gc
import os
from threading import RLock

__all__ = ["fork_between_collections"]

_collecting = RLock()  # the collector may start in the thread that is about to fork
_registered: list[bool] = []


def fork_between_collections() -> None:
    """From now on, let every fork of this process wait for a collection to end."""
    if _registered:
        return
    _registered.append(True)
    gc.callbacks.append(_seen)
    os.register_at_fork(
        before=_collecting.acquire,
        after_in_parent=_collecting.release,
        after_in_child=_collecting.release,
    )


def _seen(phase: str, _: object) -> None:
    if phase == "start":
        _collecting.acquire()
    else:
        _collecting.release()
