"""Which line of a gadget emitted a constraint, so that a finding can name it."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["Place", "caller", "source"]

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_LANGUAGE: Final = __file__.removesuffix("source_lines.py")

Place = tuple[str, int]
"""A file as Python knows it, and a line."""


def caller() -> Place:
    """Return the innermost frame outside the circuit language: the gadget's running line."""
    frame = sys._getframe(1)
    while (file := frame.f_code.co_filename).startswith(_LANGUAGE) and frame.f_back:
        frame = frame.f_back
    return file, frame.f_lineno


def source(place: Place) -> str:
    """Return ``zkcredit/gadgets/range.py:57`` inside the library, and the file's name elsewhere.

    A name never depends on where the library or the user's files are on this machine.
    """
    file, line = place
    return f"{_name(file)}:{line}"


@cache
def _name(file: str) -> str:
    path = Path(file).resolve()
    inside = path.is_relative_to(_PACKAGE)
    return path.relative_to(_PACKAGE.parent).as_posix() if inside else path.name
