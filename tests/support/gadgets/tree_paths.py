"""Paths of trees of arity 8, flat as the circuits take them and level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def levels(path: Sequence[T]) -> list[Sequence[T]]:
    """A flat path, level by level."""
    return [path[i : i + 8] for i in range(0, len(path), 8)]


def flat(path: Sequence[Sequence[T]]) -> list[T]:
    """A path of levels in one list."""
    return [child for level in path for child in level]
