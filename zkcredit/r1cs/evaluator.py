"""The backend on integers: it runs a gadget as its own reference, up to the first falsehood."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, UnsatisfiedWitness
from zkcredit.r1cs.api import Api, Shadow, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Evaluator", "Value"]


class _Number:
    """A field element. ``int`` gives its canonical integer; ``repr`` hides it."""

    __slots__ = ("_value",)

    def __init__(self, value: int) -> None:
        self._value = value % R

    def __int__(self) -> int:
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__.lstrip('_')}(...)"


class Value(_Number, Signal):
    """A signal with a value. ``int(value)`` is its canonical integer; ``repr`` hides it."""

    __slots__ = ()

    @property
    def constant_value(self) -> int | None:
        """Always None: the circuit decides what is constant, not the numbers."""
        return None

    def __add__(self, other: Signal | int) -> Value:
        return Value(self._value + _value(other))

    def __sub__(self, other: Signal | int) -> Value:
        return Value(self._value - _value(other))

    def __rsub__(self, other: int) -> Value:
        return Value(other - self._value)

    def __neg__(self) -> Value:
        return Value(-self._value)

    def __mul__(self, other: Signal | int) -> Value:
        return Value(self._value * _value(other))


class _Constant(Value):
    __slots__ = ()

    @property
    def constant_value(self) -> int | None:
        return self._value


class _IntShadow(_Number, Shadow):
    __slots__ = ()

    def __add__(self, other: Shadow | int) -> Shadow:
        return _IntShadow(self._value + _shadow_value(other))

    def __sub__(self, other: Shadow | int) -> Shadow:
        return _IntShadow(self._value - _shadow_value(other))

    def __mul__(self, other: Shadow | int) -> Shadow:
        return _IntShadow(self._value * _shadow_value(other))

    def __neg__(self) -> Shadow:
        return _IntShadow(-self._value)

    def inverse(self) -> Shadow:
        return _IntShadow(pow(self._value, -1, R) if self._value else 0)

    def bits(self, count: int) -> list[Shadow]:
        return [_IntShadow(self._value >> i & 1) for i in range(count)]

    def divmod(self, modulus: int) -> tuple[Shadow, Shadow]:
        quotient, remainder = divmod(self._value, modulus)
        return _IntShadow(quotient), _IntShadow(remainder)

    def lookup(self, table: Sequence[int]) -> Shadow:
        if self._value >= len(table):
            raise UnsatisfiedWitness("a look-up in a hint is outside its table")
        return _IntShadow(table[self._value])

    def is_zero(self) -> Shadow:
        return _IntShadow(int(self._value == 0))


class Evaluator(Api):
    """Runs gadgets on integers. An assertion that fails raises ``UnsatisfiedWitness``."""

    def __init__(self) -> None:
        self._scope: list[str] = []

    def value(self, number: int) -> Value:
        """Return an input: the integer mod r as a signal."""
        return Value(number)

    def constant(self, value: int) -> Signal:
        """See ``Api.constant``."""
        return _Constant(value)

    def linear(self, terms: Iterable[tuple[int, Signal]], constant: int = 0) -> Signal:
        """See ``Api.linear``."""
        return Value(constant + sum(k * _value(signal) for k, signal in terms))

    def assert_product(self, a: Signal, b: Signal, c: Signal) -> None:
        """Require that a·b = c.

        Raises:
            UnsatisfiedWitness: if it is not.
            CircuitError: if a signal belongs to another circuit.
        """
        if (_value(a) * _value(b) - _value(c)) % R:
            gadget = ".".join(self._scope)
            raise UnsatisfiedWitness(
                f"an assertion of gadget '{gadget}' does not hold", gadget=gadget
            )

    def shadow(self, signal: Signal | int) -> Shadow:
        """See ``Api.shadow``."""
        return _IntShadow(_value(signal))

    def witness(self, shadow: Shadow) -> Signal:
        """See ``Api.witness``."""
        return Value(_shadow_value(shadow))

    @contextmanager
    def gadget(self, name: str) -> Iterator[None]:
        """See ``Api.gadget``."""
        self._scope.append(name)
        try:
            yield
        finally:
            self._scope.pop()


def _value(operand: Signal | int) -> int:
    if isinstance(operand, int):
        return operand
    if isinstance(operand, Value):
        return int(operand)
    raise CircuitError("a signal of another circuit cannot be used with an evaluator")


def _shadow_value(operand: Shadow | int) -> int:
    if isinstance(operand, int):
        return operand
    if isinstance(operand, _IntShadow):
        return int(operand)
    raise CircuitError("a shadow of another circuit cannot be used with an evaluator")
