"""A circuit's inputs: from what people write to a list of numbers for each signal.

Where libraries diverge:

* snarkjs reduces every number modulo r, so that x + r passes as x. Here a number is in (−r, r);
  a negative one stands for its sum with r, as in circom.
* JavaScript takes ``true`` for 1, ``""`` for 0, and text with spaces around it. Here a number is an
  integer, or text of decimal digits or of ``0x`` and hexadecimal digits.
* JavaScript rounds integers of JSON above 2^53 before snarkjs sees them. Here they are exact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from zkcredit._internal.json import MAX_DEPTH, parse
from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange

__all__ = ["MAX_BYTES", "MAX_VALUES", "name_hash", "read_signals", "signals_of"]

MAX_BYTES: Final = 1 << 27
"""The longest text of inputs that is read."""
MAX_VALUES: Final = 1 << 22
"""Most numbers that the inputs may have."""

_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,80}|0[xX][0-9a-fA-F]{1,64})", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_LONGEST_NAME: Final = 256


def read_signals(text: str | bytes) -> dict[str, object]:
    """Read ``input.json``: an object with a member for each input signal.

    Raises:
        MalformedFile: if the text is not a JSON object, or a member is repeated.
    """
    found = parse(text, "inputs", MAX_BYTES)
    if not isinstance(found, dict):
        raise MalformedFile("inputs: an object with a member for each input signal is expected")
    return found


def signals_of(inputs: object) -> dict[str, list[int]]:
    """Return the numbers of each input signal by its full name, arrays in row order.

    A bus is an object: its signal ``x`` in the input ``p`` is ``p.x``; in an array of buses,
    ``p[0].x``.

    Args:
        inputs: a mapping of names to numbers, to lists of them, or to mappings.

    Raises:
        InvalidInput: if it is not a mapping, or a name or a value is something else. The message
            names the signal and never the value.
        OutOfRange: if a number is not in (−r, r).
    """
    if not isinstance(inputs, Mapping):
        raise InvalidInput("the inputs must be a mapping of names to numbers")
    found: dict[str, list[int]] = {}
    _qualify("", inputs, found, 0)
    if sum(map(len, found.values())) > MAX_VALUES:
        raise InvalidInput(f"the inputs have more than {MAX_VALUES} numbers")
    return found


def name_hash(name: str) -> tuple[int, int]:
    """Return the upper and lower 32 bits of the hash by which programs know a signal (FNV-1a)."""
    found = 0xCBF29CE484222325
    for byte in name.encode():
        found = (found ^ byte) * 0x100000001B3 & 0xFFFF_FFFF_FFFF_FFFF
    return found >> 32, found & 0xFFFF_FFFF


def _qualify(name: str, value: object, found: dict[str, list[int]], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"the input signal {name} is nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        for part, inner in value.items():
            if not isinstance(part, str) or len(part) > _LONGEST_NAME or not _NAME.fullmatch(part):
                shown = part[:40] if isinstance(part, str) else type(part).__name__
                raise InvalidInput(f"{shown!r} is not the name of a signal")
            _qualify(f"{name}.{part}" if name else part, inner, found, depth + 1)
    elif isinstance(value, list | tuple) and any(_holds_buses(one) for one in value):
        for i, inner in enumerate(value):
            _qualify(f"{name}[{i}]", inner, found, depth + 1)
    else:
        numbers: list[int] = []
        _flatten(name, value, numbers, depth)
        found[name] = numbers


def _holds_buses(value: object) -> bool:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, Mapping)


def _flatten(name: str, value: object, numbers: list[int], depth: int) -> None:
    if isinstance(value, list | tuple):
        if depth > MAX_DEPTH:
            raise InvalidInput(f"the input signal {name} is nested deeper than {MAX_DEPTH}")
        for inner in value:
            _flatten(name, inner, numbers, depth + 1)
    else:
        numbers.append(_number(name, value))


def _number(name: str, value: object) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = int(value, 16 if "x" in value.lower() else 10)
    elif type(value) is int:
        number = value
    else:
        kind = "text" if isinstance(value, str) else type(value).__name__
        raise InvalidInput(
            f"the input signal {name} must have integers, or text of decimal digits or of 0x and "
            f"hexadecimal digits; it has another {kind}"
        )
    if not -R < number < R:
        raise OutOfRange(f"the input signal {name} has a number that is not between -r and r")
    return number % R
