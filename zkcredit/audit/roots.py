"""Roots in the field of a polynomial of small degree (coefficients mod r, constant first)."""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R, square_root

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Polynomial", "combination", "common", "product", "roots", "trimmed", "value_at"]

Polynomial = tuple[int, ...]


def trimmed(coefficients: Sequence[int]) -> Polynomial:
    """Return the coefficients mod r without leading zeros; the zero polynomial is empty."""
    reduced = [k % R for k in coefficients]
    while reduced and not reduced[-1]:
        reduced.pop()
    return tuple(reduced)


def combination(parts: Sequence[tuple[int, Polynomial]]) -> Polynomial:
    """Return Σ factor·polynomial."""
    columns = zip_longest(*([f * k for k in p] for f, p in parts), fillvalue=0)
    return trimmed([sum(column) for column in columns])


def product(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return left·right."""
    total = [0] * max(0, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            total[i + j] += a * b
    return trimmed(total)


def value_at(polynomial: Polynomial, x: int) -> int:
    """Return the value at x."""
    total = 0
    for k in reversed(polynomial):
        total = (total * x + k) % R
    return total


def common(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the greatest common divisor."""
    while right:
        left, right = right, _divided(left, right)[1]
    return left


@lru_cache(maxsize=1 << 14)
def roots(polynomial: Polynomial) -> tuple[int, ...]:
    """Return the different roots, ascending.

    Π (X - root) is gcd(Xʳ - X, f). It is split by gcd((X + a)^((r-1)/2) - 1, ·) for one a after
    another (Cantor and Zassenhaus 1981). Quadratics are solved by their formula.

    Raises:
        ValueError: if the polynomial is 0, because then every number is a root.
    """
    f = trimmed(polynomial)
    if not f:
        raise ValueError("every number is a root of 0")
    if len(f) < 2:
        return ()
    inverse = pow(f[-1], -1, R)
    f = tuple(k * inverse % R for k in f)
    if len(f) == 3:
        half = -f[1] * pow(2, -1, R) % R
        root = square_root(half * half - f[0])
        return () if root is None else tuple(sorted({(half + root) % R, (half - root) % R}))
    split = common(f, combination([(1, _power((0, 1), R, f)), (-1, (0, 1))]))
    return tuple(sorted(_split(split, 1)))


def _split(f: Polynomial, shift: int) -> list[int]:
    if len(f) < 2:
        return []
    if len(f) == 2:
        return [-f[0] * pow(f[1], -1, R) % R]
    half = combination([(1, _power((shift, 1), (R - 1) // 2, f)), (-1, (1,))])
    part = common(f, half) if half else f
    if not 1 < len(part) < len(f):
        return _split(f, shift + 1)
    return _split(part, shift + 1) + _split(_divided(f, part)[0], shift + 1)


def _divided(f: Polynomial, g: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder."""
    remainder = list(f)
    inverse = 1 if g[-1] == 1 else pow(g[-1], -1, R)
    quotient = [0] * max(0, len(f) - len(g) + 1)
    for at in reversed(range(len(quotient))):
        factor = quotient[at] = remainder[at + len(g) - 1] * inverse % R
        for i, k in enumerate(g, at):
            remainder[i] -= factor * k
    return trimmed(quotient), trimmed(remainder)


def _power(base: Polynomial, exponent: int, modulus: Polynomial) -> Polynomial:
    inverse = pow(modulus[-1], -1, R)
    modulus = tuple(k * inverse % R for k in modulus)
    result: Polynomial = (1,)
    for bit in f"{exponent:b}":
        result = _divided(product(result, result), modulus)[1]
        if bit == "1":
            result = _divided(product(result, base), modulus)[1]
    return result
