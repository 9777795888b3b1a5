"""The key files whose points have been checked: one empty file for each, named by digest.

A file records that every point has a canonical encoding and is on its curve and in its subgroup.
Whoever can write into this user's cache could also replace the key or this library; nobody else
can.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from zkcredit._internal.cache import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_known", "remember"]

_CHECK: Final = "v1"
"""Must change if the check becomes stricter, so that earlier results no longer count."""


def is_known(digest: str) -> bool:
    """Return whether a file with this SHA-256 digest has passed."""
    try:
        return _path(digest).is_file()
    except OSError:
        return False


def remember(digest: str) -> None:
    """Record that a file has passed; do nothing if the cache cannot be written."""
    with contextlib.suppress(OSError):
        path = _path(digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)


def _path(digest: str) -> Path:
    return cache_folder("checked") / f"{digest}.{_CHECK}"
