"""What a gadget sees: signals, shadows, and the calls that constrain them.

A gadget is a plain function of an ``Api``. Two backends implement it, so one definition serves as
the circuit and as its own reference. ``Builder`` records constraints and the witness program;
``Evaluator`` computes on integers and refuses the first assertion that fails.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Api", "Shadow", "Signal"]


class Signal(ABC):
    """A field element that constraints speak about.

    Sums, differences and multiples by an integer are linear combinations and cost nothing. The
    product of two signals costs one constraint, or nothing if either is a constant.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def constant_value(self) -> int | None:
        """The value if it is known when the circuit is built, else None."""

    @abstractmethod
    def __add__(self, other: Signal | int) -> Signal: ...

    @abstractmethod
    def __sub__(self, other: Signal | int) -> Signal: ...

    @abstractmethod
    def __rsub__(self, other: int) -> Signal: ...

    @abstractmethod
    def __neg__(self) -> Signal: ...

    @abstractmethod
    def __mul__(self, other: Signal | int) -> Signal: ...

    def __radd__(self, other: int) -> Signal:
        return self + other

    def __rmul__(self, other: int) -> Signal:
        return self * other


class Shadow(ABC):
    """A value that is computed outside the constraints: nothing is proved about it.

    Shadows serve to find the value of a hint. ``Api.witness`` turns one into a signal, and the
    gadget must then constrain that signal. Integers mean field elements in 0 .. r-1.
    """

    __slots__ = ()

    @abstractmethod
    def __add__(self, other: Shadow | int) -> Shadow: ...

    @abstractmethod
    def __sub__(self, other: Shadow | int) -> Shadow: ...

    @abstractmethod
    def __mul__(self, other: Shadow | int) -> Shadow: ...

    @abstractmethod
    def __neg__(self) -> Shadow: ...

    def __radd__(self, other: int) -> Shadow:
        return self + other

    def __rsub__(self, other: int) -> Shadow:
        return -self + other

    def __rmul__(self, other: int) -> Shadow:
        return self * other

    @abstractmethod
    def inverse(self) -> Shadow:
        """Return the multiplicative inverse, and 0 for 0."""

    @abstractmethod
    def bits(self, count: int) -> list[Shadow]:
        """Return bits 0 .. count-1 of the canonical integer, for a count up to 254.

        Higher bits are dropped.
        """

    @abstractmethod
    def divmod(self, modulus: int) -> tuple[Shadow, Shadow]:
        """Return quotient and remainder of the canonical integer by a positive integer constant."""

    @abstractmethod
    def lookup(self, table: Sequence[int]) -> Shadow:
        """Return ``table[value]``; a run with a value outside the table fails."""

    @abstractmethod
    def is_zero(self) -> Shadow:
        """Return 1 if the value is 0, else 0."""


class Api(ABC):
    """The calls that a gadget can make. Every docstring says what the call constrains."""

    @abstractmethod
    def constant(self, value: int) -> Signal:
        """Return a known field element (any integer, reduced mod r). Adds no constraints."""

    @abstractmethod
    def linear(self, terms: Iterable[tuple[int, Signal]], constant: int = 0) -> Signal:
        """Return the weighted sum of (coefficient, signal) pairs plus a constant.

        Adds no constraints. It is cheaper to build than a chain of ``+``. The witness program
        computes it from the values of the given signals instead of from the wires below them.
        """

    def sum(self, signals: Iterable[Signal]) -> Signal:
        """Return the plain sum. Adds no constraints."""
        return self.linear((1, signal) for signal in signals)

    @abstractmethod
    def assert_product(self, a: Signal, b: Signal, c: Signal) -> None:
        """Constrain a·b = c. Adds 1 constraint."""

    def assert_equal(self, a: Signal | int, b: Signal | int) -> None:
        """Constrain a = b. Adds 1 constraint."""
        difference = a - b
        self.assert_zero(self.constant(difference) if isinstance(difference, int) else difference)

    def assert_zero(self, a: Signal) -> None:
        """Constrain a = 0. Adds 1 constraint."""
        self.assert_product(a, self.constant(1), self.constant(0))

    @abstractmethod
    def shadow(self, signal: Signal | int) -> Shadow:
        """Return the value of a signal, for computation without constraints."""

    @abstractmethod
    def witness(self, shadow: Shadow) -> Signal:
        """Return a new private signal that an honest prover sets to the shadow's value.

        Adds NO constraint: a dishonest prover sets it to anything. The caller must constrain it.
        """

    @abstractmethod
    def gadget(self, name: str) -> AbstractContextManager[None]:
        """Open a scope for counts and error messages; scopes nest into dotted names."""
