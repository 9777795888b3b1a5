"""What is made once for all workers of a run: the first that asks makes it, the others read it."""

from __future__ import annotations

import fcntl
import os
import pickle
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

Made = TypeVar("Made")


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folder: Path, name: str, make: Callable[[], Made]) -> Made:
    """Call ``make`` in the first process that asks for ``name``, and hand its value to all.

    A process that asks meanwhile waits. Where ``make`` raises, the next process tries again.

    Args:
        folder: see ``shared_folder``.
        name: of the value, and of its file.
        make: its value can be pickled.
    """
    path = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(pickle.dumps(make()))
            unfinished.replace(path)
    made: Made = pickle.loads(path.read_bytes())
    return made
