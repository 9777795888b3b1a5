"""Which key files have passed the check of their points: empty files named by digest.

They stand for a check of every point's canonical encoding, curve and subgroup. Whoever can write
into this user's cache could as well replace the key, or this library; nobody else can.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from zkcredit._internal.cache import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_known", "remember"]

_CHECK: Final = "v1"
"""Changes when the check becomes stricter, so that earlier results no longer count."""


def is_known(digest: str) -> bool:
    """Return whether a file with this SHA-256 digest has passed."""
    try:
        return _path(digest).is_file()
    except OSError:
        return False


def remember(digest: str) -> None:
    """Note that it has; a cache that cannot be written is done without."""
    with contextlib.suppress(OSError):
        path = _path(digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)


def _path(digest: str) -> Path:
    return cache_folder("checked") / f"{digest}.{_CHECK}"
