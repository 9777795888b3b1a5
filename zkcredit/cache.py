"""Where this user's caches are: what can be computed again, and is dear."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

__all__ = ["cache_folder"]


def cache_folder(kind: Literal["keys", "checked"]) -> Path:
    """The folder of one cache; the variable ZKCREDIT_CACHE moves all of them.

    "keys" are dev keys, "checked" the digests of key files whose points were checked.
    """
    chosen = os.environ.get("ZKCREDIT_CACHE")
    if chosen:
        return Path(chosen) / kind
    import platformdirs

    return Path(platformdirs.user_cache_dir("zkcredit")) / kind
