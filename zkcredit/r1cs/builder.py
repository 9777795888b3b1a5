"""The recording backend: signals are linear combinations of wires, and products are constraints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.r1cs.api import Api, Shadow, Signal
from zkcredit.r1cs.source_lines import Place, caller
from zkcredit.r1cs.tape import Recorder
from zkcredit.r1cs.terms import add_into, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zkcredit.r1cs.terms import Terms

__all__ = ["Builder", "Wire"]

_MAX_DEPTH = 64
"""How deep sums of sums may nest, because recursion computes them from the inside out."""


class Wire(Signal):
    """A linear combination of wires. It is immutable; its register is found when first needed."""

    __slots__ = ("_depth", "_parts", "_register", "builder", "terms")

    def __init__(
        self, builder: Builder, terms: Terms, parts: list[tuple[int, Wire]] | None = None
    ) -> None:
        self.builder = builder
        self.terms = terms
        self._parts = parts
        self._register: int | None = None
        self._depth: int = 1 + max((part._depth for _, part in parts), default=0) if parts else 0
        if self._depth > _MAX_DEPTH:
            self.register()

    @property
    def constant_value(self) -> int | None:
        """See ``Signal.constant_value``."""
        if not self.terms:
            return 0
        return self.terms.get(0) if len(self.terms) == 1 else None

    def __add__(self, other: Signal | int) -> Wire:
        return self._plus(other, 1)

    def __sub__(self, other: Signal | int) -> Wire:
        return self._plus(other, -1)

    def __rsub__(self, other: int) -> Wire:
        return -self + other

    def __neg__(self) -> Wire:
        return self._scaled(-1)

    def __radd__(self, other: int) -> Wire:
        return self._plus(other, 1)

    def __rmul__(self, other: int) -> Wire:
        return self._scaled(other)

    def __mul__(self, other: Signal | int) -> Wire:
        if isinstance(other, int):
            return self._scaled(other)
        right = self.builder.own(other)
        for factor, known in ((self, right.constant_value), (right, self.constant_value)):
            if known is not None:
                return factor._scaled(known)
        return self.builder.multiply(self, right)

    def register(self) -> int:
        """Return the tape register that holds this value, which is computed there once."""
        if self._register is None:
            self._register = self.builder.materialise(self.terms, self._parts)
            self._parts = None
            self._depth = 0
        return self._register

    def _plus(self, other: Signal | int, sign: int) -> Wire:
        added = {0: other} if isinstance(other, int) else self.builder.own(other).terms
        return Wire(self.builder, plus(self.terms, added, sign))

    def _scaled(self, factor: int) -> Wire:
        k = factor % R
        if k == 1:
            return self
        return Wire(self.builder, scaled(self.terms, k))


class _TapeShadow(Shadow):
    """A linear combination of registers."""

    __slots__ = ("_register", "builder", "terms")

    def __init__(self, builder: Builder, terms: Terms) -> None:
        self.builder = builder
        self.terms = terms
        self._register: int | None = None

    def register(self) -> int:
        if self._register is None:
            self._register = self.builder.tape.combination(self.terms)
        return self._register

    def __add__(self, other: Shadow | int) -> _TapeShadow:
        return self._plus(other, 1)

    def __sub__(self, other: Shadow | int) -> _TapeShadow:
        return self._plus(other, -1)

    def __neg__(self) -> _TapeShadow:
        return self._scaled(-1)

    def __mul__(self, other: Shadow | int) -> _TapeShadow:
        if isinstance(other, int):
            return self._scaled(other)
        right = self._own(other)
        for factor, known in ((self, right.terms), (right, self.terms)):
            if not known:
                return _TapeShadow(self.builder, {})
            if len(known) == 1 and 0 in known:
                return factor._scaled(known[0])
        return self._new(self.builder.tape.mul(self.register(), right.register()))

    def inverse(self) -> _TapeShadow:
        return self._new(self.builder.tape.inverse(self.register()))

    def bits(self, count: int) -> list[Shadow]:
        if not 1 <= count <= 254:
            raise CircuitError(f"a field element has 1 to 254 bits, not {count}")
        return [self._new(bit) for bit in self.builder.tape.bits(self.register(), count)]

    def divmod(self, modulus: int) -> tuple[Shadow, Shadow]:
        if not 0 < modulus < R:
            raise CircuitError("a shadow can only be divided by an integer between 1 and r-1")
        quotient, remainder = self.builder.tape.divmod(self.register(), modulus)
        return self._new(quotient), self._new(remainder)

    def lookup(self, table: Sequence[int]) -> _TapeShadow:
        return self._new(self.builder.tape.lookup(self.register(), table))

    def is_zero(self) -> _TapeShadow:
        return self._new(self.builder.tape.is_zero(self.register()))

    def _new(self, register: int) -> _TapeShadow:
        return _TapeShadow(self.builder, {register: 1})

    def _plus(self, other: Shadow | int, sign: int) -> _TapeShadow:
        added = {0: other} if isinstance(other, int) else self._own(other).terms
        return _TapeShadow(self.builder, plus(self.terms, added, sign))

    def _scaled(self, factor: int) -> _TapeShadow:
        k = factor % R
        return _TapeShadow(self.builder, scaled(self.terms, k))

    def _own(self, other: Shadow) -> _TapeShadow:
        if isinstance(other, _TapeShadow) and other.builder is self.builder:
            return other
        raise CircuitError("a shadow of another circuit cannot be used here")


class Builder(Api):
    """Records the constraints a·b = c and the tape of one circuit.

    Wires are numbered as iden3 does: 0 is one, then come the inputs in the order of ``input`` calls
    (public ones first), then internal wires as they arise. All inputs are declared before any other
    call.

    Args:
        n_inputs: how many inputs will be declared.
        n_advice: how many elements of advice follow them; the tape reads them, and no wire holds
            them.
    """

    def __init__(self, n_inputs: int, n_advice: int = 0) -> None:
        self.tape = Recorder(n_inputs + n_advice)
        self.constraints: list[tuple[Terms, Terms, Terms]] = []
        self.labels: list[str] = []
        self.places: list[Place] = []
        self.wire_registers: list[int] = list(range(n_inputs + 1))
        self._n_inputs = n_inputs
        self._n_declared = 0
        self._advice = iter(range(n_inputs + 1, n_inputs + n_advice + 1))
        self._scope = ""

    def input(self) -> Wire:
        """Return the next input wire.

        Raises:
            CircuitError: if all inputs are declared already.
        """
        if self._n_declared == self._n_inputs:
            raise CircuitError(f"all {self._n_inputs} inputs are declared already")
        self._n_declared += 1
        return Wire(self, {self._n_declared: 1})

    def advice(self) -> Shadow:
        """Return the next element of advice.

        Raises:
            CircuitError: if all advice is declared already.
        """
        register = next(self._advice, None)
        if register is None:
            raise CircuitError("all advice is declared already")
        return _TapeShadow(self, {register: 1})

    def constant(self, value: int) -> Signal:
        """See ``Api.constant``."""
        k = value % R
        return Wire(self, {0: k} if k else {})

    def linear(self, terms: Iterable[tuple[int, Signal]], constant: int = 0) -> Signal:
        """See ``Api.linear``."""
        parts = [(k % R, self.own(signal)) for k, signal in terms]
        total: Terms = {0: constant % R} if constant % R else {}
        for k, wire in parts:
            if k == 1 and not total:
                total = dict(wire.terms)
            else:
                add_into(total, wire.terms, k)
        parts.append((constant % R, self.own(self.constant(1))))
        return Wire(self, total, parts)

    def assert_product(self, a: Signal, b: Signal, c: Signal) -> None:
        """Constrain a·b = c; see ``Api.assert_product``.

        Raises:
            CircuitError: if the constraint is about constants alone, or a signal belongs to another
                circuit.
        """
        left, right, product = self.own(a), self.own(b), self.own(c)
        for factor, known in ((left, right.constant_value), (right, left.constant_value)):
            if known is not None:
                self._linear_constraint(plus(product.terms, factor.terms, -known))
                return
        self._constraint(left.terms, right.terms, product.terms)

    def shadow(self, signal: Signal | int) -> Shadow:
        """See ``Api.shadow``."""
        if isinstance(signal, int):
            k = signal % R
            return _TapeShadow(self, {0: k} if k else {})
        wire = self.own(signal)
        known = wire.constant_value
        if known is not None:
            return self.shadow(known)
        return _TapeShadow(self, {wire.register(): 1})

    def witness(self, shadow: Shadow) -> Signal:
        """See ``Api.witness``."""
        if not isinstance(shadow, _TapeShadow) or shadow.builder is not self:
            raise CircuitError("a shadow of another circuit cannot be used here")
        return self._new_wire(shadow.register())

    @contextmanager
    def gadget(self, name: str) -> Iterator[None]:
        """See ``Api.gadget``."""
        outer = self._scope
        self._scope = f"{outer}.{name}" if outer else name
        try:
            yield
        finally:
            self._scope = outer

    def own(self, signal: Signal) -> Wire:
        """Return the signal as a wire of this builder.

        Raises:
            CircuitError: if it belongs to another circuit.
        """
        if isinstance(signal, Wire) and signal.builder is self:
            return signal
        raise CircuitError("a signal of another circuit cannot be used here")

    def multiply(self, a: Wire, b: Wire) -> Wire:
        """Return a new wire that is constrained to a·b."""
        product = self._new_wire(self.tape.mul(a.register(), b.register()))
        self._constraint(a.terms, b.terms, product.terms)
        return product

    def materialise(self, terms: Terms, parts: list[tuple[int, Wire]] | None) -> int:
        """Return a register with the value of a combination, by the shorter of two ways."""
        if parts is None or len(parts) >= len(terms):
            registers = self.wire_registers
            return self.tape.combination({registers[w]: k for w, k in terms.items()})
        combined: Terms = {}
        for k, part in parts:
            add_into(combined, {part.register(): 1} if part.terms else {}, k)
        return self.tape.combination(combined)

    def _new_wire(self, register: int) -> Wire:
        self.wire_registers.append(register)
        return Wire(self, {len(self.wire_registers) - 1: 1})

    def _linear_constraint(self, terms: Terms) -> None:
        if not terms:
            raise CircuitError(f"a constraint of '{self._scope}' always holds: leave it out")
        if len(terms) == 1 and 0 in terms:
            raise CircuitError(f"an assertion of '{self._scope}' about constants is false")
        self._constraint(terms, {0: 1}, {})

    def _constraint(self, a: Terms, b: Terms, c: Terms) -> None:
        self.constraints.append((a, b, c))
        self.labels.append(self._scope)
        self.places.append(caller())
