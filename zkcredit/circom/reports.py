"""What a circuit's program says while it runs: lines of ``log()``, and why it stopped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zkcredit.errors import UnsatisfiedWitness

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST", "Reports", "refused"]

LONGEST: Final = 4096
"""The longest text of a program that is kept, in characters."""
_MOST_LINES: Final = 1000

_TEMPLATE: Final = re.compile(r"template (\w+)")


class Reports:
    """Collects the parts of messages, within bounds.

    Args:
        tell: gets each line of ``log()``; nobody by default.
    """

    def __init__(self, tell: Callable[[str], None] | None) -> None:
        self._tell = tell
        self._parts: list[str] = []
        self._told = 0
        self.error = ""

    def part(self, text: str) -> None:
        """Take a part of a line; a line feed alone ends the line."""
        if text != "\n":
            if sum(map(len, self._parts)) < LONGEST:
                self._parts.append(text[:LONGEST])
            return
        line, self._parts = " ".join(self._parts), []
        self._told += 1
        if self._tell is not None and self._told <= _MOST_LINES:
            self._tell(line)

    def failed(self, text: str) -> None:
        """Take a line about an error."""
        self.error = (self.error + " " + text.strip())[:LONGEST].strip()


def refused(message: str) -> UnsatisfiedWitness:
    """Return the error for inputs that an assertion or a constraint of the circuit refuses.

    Args:
        message: the circuit's own words.
    """
    template = _TEMPLATE.search(message)
    return UnsatisfiedWitness(
        f"the circuit refuses these inputs: {message or 'an assertion of it fails'}",
        gadget=template[1] if template else "",
    )
