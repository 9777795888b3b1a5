"""This user's caches: results that are expensive to compute and can be computed again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from zkcredit.errors import InvalidInput

__all__ = ["CACHES", "CacheUse", "cache_folder", "cache_use", "clear_cache"]

Kind: TypeAlias = Literal["circuits", "keys", "checked"]

CACHES: Final[dict[Kind, str]] = {
    "circuits": "*.bin",
    "keys": "unsafe-dev-*.key",
    "checked": "*.v[0-9]",
}
"""The caches and the names of their files: compiled circuits, dev keys, and the digests of key
files whose points were checked."""

_UNFINISHED: Final = ".zkcredit-*.tmp"  # what a crash leaves behind, see ``files``


class CacheUse(NamedTuple):
    """What one cache holds.

    Attributes:
        kind: the cache.
        folder: the cache's folder, which need not exist yet.
        files: the number of files.
        bytes: their total size.
    """

    kind: Kind
    folder: Path
    files: int
    bytes: int


def cache_folder(kind: Kind) -> Path:
    """Return the folder of one cache; the variable ZKCREDIT_CACHE moves all of them."""
    chosen = os.environ.get("ZKCREDIT_CACHE")
    if chosen:
        return Path(chosen) / kind
    import platformdirs

    return Path(platformdirs.user_cache_dir("zkcredit")) / kind


def cache_use() -> list[CacheUse]:
    """Return what each cache holds.

    Raises:
        InvalidInput: if a folder cannot be read.
    """
    return [_measured(kind, _cached(kind)) for kind in CACHES]


def clear_cache() -> list[CacheUse]:
    """Remove the files of every cache, and no others, and return what was removed.

    Nothing is lost: circuits and dev keys are made again, and key files are checked again.

    Raises:
        InvalidInput: if a folder cannot be read, or a file cannot be removed.
    """
    removed = []
    for kind in CACHES:
        files = _cached(kind)
        use = _measured(kind, files)
        for path in files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise InvalidInput(f"cannot remove {path}: {error.strerror}") from None
        removed.append(use)
    return removed


def _cached(kind: Kind) -> list[Path]:
    folder = cache_folder(kind)
    try:
        found = {path for name in (CACHES[kind], _UNFINISHED) for path in folder.glob(name)}
        # The library never puts a link or a folder here, so leave those alone.
        return sorted(path for path in found if path.is_file() and not path.is_symlink())
    except OSError as error:
        raise InvalidInput(f"cannot read the cache {folder}: {error.strerror}") from None


def _measured(kind: Kind, files: list[Path]) -> CacheUse:
    size = 0
    for path in files:
        try:
            size += path.stat().st_size
        except FileNotFoundError:  # another process was faster
            continue
    return CacheUse(kind, cache_folder(kind), len(files), size)
