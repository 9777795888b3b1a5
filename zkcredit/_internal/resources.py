"""Where the published data is: records of the circuits, and compiled contracts.

Both are committed at the top of the repository (``circuits/``, ``contracts/abi/``) and copied
into the wheel as ``zkcredit/_data/``. A checkout comes first, so that a developer runs what they
rebuilt.
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
    """Return the repository that this package runs from, or None if it is installed."""
    top = _PACKAGE.parent
    # Other packages may have a folder "circuits" beside them; only ours has the kernel's sources.
    return top if (top / "cpp").is_dir() and (top / "pyproject.toml").is_file() else None


@cache
def folder(resource: Resource) -> Path:
    """Return the folder of a resource.

    Raises:
        InvalidInput: if neither a checkout nor the installed package has it.
    """
    top = checkout()
    path = _PACKAGE / "_data" / resource if top is None else top / _IN_CHECKOUT[resource]
    if not path.is_dir():
        raise InvalidInput(f"the data '{resource}' is missing from this installation: {path}")
    return path
