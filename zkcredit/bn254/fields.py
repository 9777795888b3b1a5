"""The two prime fields of BN254, and ``Fr``, an element of the scalar field.

The moduli are those of EIP-196. Both are 36·t⁴ + 36·t³ + 24·t² + 6·t + 1 and
36·t⁴ + 36·t³ + 18·t² + 6·t + 1 for the curve's t = 4965661367192848881; a test recomputes them.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TWO_ADICITY", "Fr", "Q", "R", "square_root"]

Q: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""Modulus of the base field: coordinates of points."""

R: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""Modulus of the scalar field: group order, circuit field, base field of BabyJubJub."""

TWO_ADICITY: Final = 28
"""Largest s with 2^s dividing r - 1: no evaluation domain is larger than 2^28."""


def square_root(value: int) -> int | None:
    """Return a square root modulo r, or None if there is none.

    The method is that of Tonelli and Shanks; 5 generates the multiplicative group.
    """
    value %= R
    odd = (R - 1) >> TWO_ADICITY
    root, error = pow(value, (odd + 1) // 2, R), pow(value, odd, R)
    generator = pow(5, odd, R)
    for level in reversed(range(TWO_ADICITY - 1)):
        if pow(error, 1 << level, R) == R - 1:
            step = 1 << (TWO_ADICITY - 2 - level)
            root = root * pow(generator, step, R) % R
            error = error * pow(generator, 2 * step, R) % R
    return root if root * root % R == value else None


class Fr:
    """An element of the scalar field, as an immutable value.

    ``Fr(k)`` reduces any integer k modulo r. Arithmetic accepts ints on either side; dividing by
    zero, or raising zero to a negative power, is a ``ZeroDivisionError``. ``int(x)`` is the
    canonical representative in [0, r), and an element equals an int exactly when that int is its
    canonical representative, so equal values have equal hashes. The arithmetic is not constant
    time: this class is a reference, not a place for long-lived secrets.
    """

    __slots__ = ("_value",)
    _value: int

    def __init__(self, value: int | Fr = 0) -> None:
        """Reduce an integer modulo r.

        Raises:
            TypeError: if the value is neither an ``int`` nor an ``Fr``.
        """
        if not isinstance(value, int | Fr):
            raise TypeError(f"a field element is made from an int, not from {type(value).__name__}")
        object.__setattr__(self, "_value", int(value) % R)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a field element is immutable")

    def inverse(self) -> Fr:
        """Return the multiplicative inverse.

        Raises:
            ZeroDivisionError: if the element is zero.
        """
        if self._value == 0:
            raise ZeroDivisionError("zero has no inverse")
        return Fr(pow(self._value, -1, R))

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __repr__(self) -> str:
        return f"Fr({self._value})"

    def __hash__(self) -> int:
        return hash(self._value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Fr):
            return self._value == int(other)
        return NotImplemented

    def __bool__(self) -> bool:
        return self._value != 0

    def __add__(self, other: int | Fr) -> Fr:
        return Fr(self._value + int(other)) if isinstance(other, int | Fr) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: int | Fr) -> Fr:
        return Fr(self._value - int(other)) if isinstance(other, int | Fr) else NotImplemented

    def __rsub__(self, other: int | Fr) -> Fr:
        return Fr(int(other) - self._value) if isinstance(other, int | Fr) else NotImplemented

    def __mul__(self, other: int | Fr) -> Fr:
        return Fr(self._value * int(other)) if isinstance(other, int | Fr) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: int | Fr) -> Fr:
        return self * Fr(other).inverse() if isinstance(other, int | Fr) else NotImplemented

    def __rtruediv__(self, other: int | Fr) -> Fr:
        return Fr(other) * self.inverse() if isinstance(other, int | Fr) else NotImplemented

    def __pow__(self, exponent: int) -> Fr:
        if exponent < 0:
            return self.inverse() ** -exponent
        return Fr(pow(self._value, exponent, R))

    def __neg__(self) -> Fr:
        return Fr(-self._value)
