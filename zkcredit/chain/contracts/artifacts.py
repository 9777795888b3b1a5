"""Compiled contracts: ABI and bytecode, from the checkout or from the installed package.

The build of the contracts makes the files, and they are committed, so nobody needs a compiler to
deploy. In a checkout, ``contracts/abi`` is used instead of the package data, which copy it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from zkcredit._internal import resources
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Artifact", "all_artifacts", "artifact"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: the contract's name in Solidity.
        abi: its ABI, as the compiler wrote it.
        bytecode: creation code without constructor arguments; empty for an interface.
        runtime: deployed code; immutable variables are zero in it.
    """

    name: str
    abi: tuple[dict[str, Any], ...] = field(repr=False)
    bytecode: bytes = field(repr=False)
    runtime: bytes = field(repr=False)


def artifact(name: str) -> Artifact:
    """Return the contract called ``name``.

    Raises:
        InvalidInput: if the contract is unknown.
        MalformedFile: if its file is damaged.
    """
    if not name.isidentifier():
        raise InvalidInput(f"{name!r} is not a contract's name")
    path = _folder() / f"{name}.json"
    if not path.is_file():
        raise InvalidInput(f"there is no compiled contract {name!r}")
    return _load(path)


@cache
def all_artifacts() -> tuple[Artifact, ...]:
    """Return every compiled contract, by name."""
    return tuple(_load(path) for path in sorted(_folder().glob("*.json")))


@cache
def _load(path: Path) -> Artifact:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Artifact(
            name=content["contractName"],
            abi=tuple(content["abi"]),
            bytecode=_code(content["bytecode"]),
            runtime=_code(content["deployedBytecode"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedFile(f"{path.name} is not a compiled contract") from error


def _code(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _folder() -> Path:
    return resources.folder("abi")
