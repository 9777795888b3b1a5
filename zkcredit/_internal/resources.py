"""Where the published data is: records of the circuits, compiled contracts.

Both are committed at the top of the repository (``circuits/``, ``contracts/abi/``) and copied
into the wheel as ``zkcredit/_data/``. A checkout wins, so that what a developer rebuilds is what
runs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from zkcredit.errors import InvalidInput

__all__ = ["Resource", "checkout", "folder"]

Resource: TypeAlias = Literal["circuits", "abi"]

_IN_CHECKOUT: Final[dict[Resource, str]] = {"circuits": "circuits", "abi": "contracts/abi"}
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def checkout() -> Path | None:
    """The repository that this package is run from, or None where it is installed."""
    top = _PACKAGE.parent
    # Not every folder called "circuits" beside a package is ours: the sources of the kernel are.
    return top if (top / "cpp").is_dir() and (top / "pyproject.toml").is_file() else None


@cache
def folder(resource: Resource) -> Path:
    """The folder of a resource.

    Raises:
        InvalidInput: it is neither in a checkout nor in the installed package.
    """
    top = checkout()
    path = _PACKAGE / "_data" / resource if top is None else top / _IN_CHECKOUT[resource]
    if not path.is_dir():
        raise InvalidInput(f"the data '{resource}' is missing from this installation: {path}")
    return path
