"""``zkcredit cache``: show and remove cached files, all of which can be computed again."""

from typing import Any

import typer

from zkcredit._internal.cache import CacheUse, cache_use, clear_cache
from zkcredit.cli.options import command
from zkcredit.cli.output import emit

app = typer.Typer(
    help="This user's caches: compiled circuits, dev keys, checked key files.",
    no_args_is_help=True,
)


@command(app)
def show() -> None:
    """Show where the caches are and what they hold. The variable ZKCREDIT_CACHE moves them."""
    emit({use.kind: _described(use) for use in cache_use()})


@command(app)
def clear() -> None:
    """Remove the caches' files, and no others. They are computed again when they are needed."""
    emit({use.kind: _described(use) for use in clear_cache()})


def _described(use: CacheUse) -> dict[str, Any]:
    return {"files": use.files, "bytes": use.bytes, "folder": str(use.folder)}
