"""A statement: what is public, what is private, and the relation between them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from zkcredit.errors import CircuitError
from zkcredit.r1cs.builder import Builder
from zkcredit.r1cs.circuit import Circuit
from zkcredit.r1cs.evaluator import Evaluator
from zkcredit.r1cs.inputs import flatten
from zkcredit.r1cs.source_lines import source
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.r1cs.api import Api, Shadow, Signal

__all__ = ["Inputs", "Statement", "compile_gadget", "compile_statement", "evaluate"]


class Inputs:
    """The declared fields as attributes: a signal if the length is 1, else a tuple of them.

    A field of advice is a shadow, or a tuple of shadows.
    """

    def __init__(self, fields: Mapping[str, tuple[Signal | Shadow, ...]]) -> None:
        self._fields = {k: v[0] if len(v) == 1 else v for k, v in fields.items()}

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_fields"][name]
        except KeyError:
            raise AttributeError(f"the statement declares no field '{name}'") from None


class Statement(ABC):
    """One relation. Subclasses give a name, the fields in order, and ``define``.

    Attributes:
        name: the circuit's name, lower case with underscores.
        public: public field → number of elements, in the order of the public inputs.
        private: private field → number of elements.
        advice: field → number of elements that the witness program reads and no wire holds. Only
            hints depend on it, so the relation says nothing about advice. It is for a secret of
            which only the existence is proved, such as a signature's scalar.
    """

    name: ClassVar[str]
    public: ClassVar[Mapping[str, int]]
    private: ClassVar[Mapping[str, int]]
    advice: ClassVar[Mapping[str, int]] = {}

    @abstractmethod
    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the fields ``x`` by calls on ``api``."""


def compile_statement(statement: Statement) -> Circuit:
    """Run ``define`` once, and return the constraint system with its witness program.

    Raises:
        CircuitError: if the relation is built wrongly, or leaves a public field out.
    """
    return compile_gadget(
        statement.define,
        name=statement.name,
        public=statement.public,
        private=statement.private,
        advice=statement.advice,
    )


def compile_gadget(
    define: Callable[[Api, Inputs], None],
    *,
    public: Mapping[str, int] | None = None,
    private: Mapping[str, int] | None = None,
    advice: Mapping[str, int] | None = None,
    name: str = "gadget",
) -> Circuit:
    """Compile a plain function as ``compile_statement`` does, to study a gadget alone.

    Raises:
        CircuitError: if the relation is built wrongly, or leaves a public field out.
    """
    public, private, advice = dict(public or {}), dict(private or {}), dict(advice or {})
    shapes = {**public, **private, **advice}
    if len(shapes) != len(public) + len(private) + len(advice):
        raise CircuitError("a field must not be declared twice")
    if any(length < 1 for length in shapes.values()):
        raise CircuitError("a field must have at least one element")
    builder = Builder(sum(public.values()) + sum(private.values()), sum(advice.values()))
    fields: dict[str, tuple[Signal | Shadow, ...]] = {}
    for field, length in shapes.items():
        take = builder.advice if field in advice else builder.input
        fields[field] = tuple(take() for _ in range(length))
    define(builder, Inputs(fields))
    n_public = sum(public.values())
    used = {wire for parts in builder.constraints for part in parts for wire in part}
    if missing := set(range(1, n_public + 1)) - used:
        raise CircuitError(f"public input {min(missing)} binds nothing: no constraint contains it")
    return Circuit(
        name=name,
        system=ConstraintSystem(
            len(builder.wire_registers),
            n_public,
            *(Matrix.from_rows(c[part] for c in builder.constraints) for part in range(3)),
        ),
        tape=builder.tape.finish(builder.wire_registers),
        public_names=tuple(public),
        inputs=shapes,
        constraint_labels=tuple(builder.labels),
        constraint_sources=tuple(map(source, builder.places)),
    )


def evaluate(statement: Statement, values: Mapping[str, int | Sequence[int]]) -> None:
    """Run the relation on integers, without a circuit.

    Raises:
        InvalidInput: if a field is missing, unknown or of the wrong length.
        OutOfRange: if an element is not an integer in 0 .. r-1.
        UnsatisfiedWitness: if the relation does not hold.
    """
    numbers = flatten({**statement.public, **statement.private, **statement.advice}, values)
    api = Evaluator()
    fields: dict[str, tuple[Signal | Shadow, ...]] = {}
    for field, part in numbers.items():
        take = api.shadow if field in statement.advice else api.value
        fields[field] = tuple(take(v) for v in part)
    statement.define(api, Inputs(fields))
