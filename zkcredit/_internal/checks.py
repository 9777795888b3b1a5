"""Checks of arguments: each raises a typed error whose text names the argument."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

__all__ = [
    "require_field",
    "require_instance",
    "require_int",
    "require_path",
    "require_text",
    "require_uint",
]


def require_instance(name: str, value: object, kind: type[T]) -> T:
    """Return ``value`` if it is a ``kind``.

    Raises:
        InvalidInput: if it has another type.
    """
    if not isinstance(value, kind):
        raise InvalidInput(f"{name} must be a {kind.__name__}, not {type(value).__name__}")
    return value


def require_path(name: str, value: object) -> Path:
    """Return ``value`` as a path if it is text or a path.

    Raises:
        InvalidInput: if it has another type.
    """
    if not isinstance(value, str | os.PathLike):
        raise InvalidInput(f"{name} must be a path, not {type(value).__name__}")
    return Path(value)


def require_int(name: str, value: object) -> int:
    """Return ``value`` if it is an ``int`` (a ``bool`` is refused).

    Raises:
        InvalidInput: if it has another type.
    """
    if type(value) is not int:
        raise InvalidInput(f"{name} must be an int, not {type(value).__name__}")
    return value


def require_uint(name: str, value: object, bits: int, *, minimum: int = 0) -> int:
    """Return ``value`` if it is an int with ``minimum ≤ value < 2^bits``.

    Raises:
        InvalidInput: if it is not an int.
        OutOfRange: if it is an int outside the range. The text names the range and never the
            value, which may be private.
    """
    number = require_int(name, value)
    if not minimum <= number < 1 << bits:
        raise OutOfRange(f"{name} must be at least {minimum} and below 2^{bits}")
    return number


def require_field(name: str, value: object) -> int:
    """Return ``value`` if it is an int in [0, r).

    Raises:
        InvalidInput: if it is not an int.
        OutOfRange: if it is negative or not below r.
    """
    number = require_int(name, value)
    if not 0 <= number < R:
        raise OutOfRange(f"{name} must be a field element: at least 0 and below r")
    return number


def require_text(name: str, value: object, longest: int = 256) -> str:
    """Return ``value`` if it is printable text of at most ``longest`` characters.

    Raises:
        InvalidInput: if it is not text, is too long, or holds control characters.
    """
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be text, not {type(value).__name__}")
    if len(value) > longest:
        raise InvalidInput(f"{name} is longer than {longest} characters")
    if not value.isprintable():
        raise InvalidInput(f"{name} holds characters that cannot be printed")
    return value
