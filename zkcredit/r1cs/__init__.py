"""The circuit language: wires, constraints and the program that fills them.

A **gadget** is a plain function ``gadget(api, …)``. Two backends implement ``Api``:

* ``Builder`` records. Signals are linear combinations of wires, every product of two signals is one
  constraint, and the witness program (the **tape**) is recorded beside it;
* ``Evaluator`` computes on integers and raises ``UnsatisfiedWitness`` if an assertion fails.

Costs: ``x + y``, ``x - 1``, ``-x``, ``3 * x``, ``api.linear([(k, x), …])`` and ``api.sum([…])`` are
free. ``x * y`` is one constraint, or free if one side is a constant.
``api.assert_product(a, b, c)``, ``api.assert_equal(a, b)`` and ``api.assert_zero(a)`` are one each.
Use ``Api.linear`` for long sums: a chain of ``+`` copies the terms at every step.

**Hints.** ``s = api.shadow(x)`` is the value of a signal, for computation without constraints
(``+ - *``, ``.inverse()``, ``.bits(n)``, ``.divmod(m)``, ``.lookup(table)``, ``.is_zero()``).
``api.witness(s)`` makes a new signal of it. A hint is not a constraint: a dishonest prover puts
anything there, so the gadget must constrain it::

    def inverse(api: Api, x: Signal) -> Signal:
        \"\"\"Return 1/x, and prove that x is not 0. Adds 1 constraint.\"\"\"
        with api.gadget("inverse"):
            y = api.witness(api.shadow(x).inverse())
            api.assert_product(x, y, api.constant(1))
            return y

**Widths.** Comparisons, packing and look-ups take ``UInt``, a signal with a proven width, and
nothing else. A bare signal where a width is needed raises ``CircuitError``.

**Statements.** Subclass ``Statement``: a name, public and private fields with their lengths, and
``define(api, x)``. Fields of ``advice`` arrive as shadows, and no wire holds them. Call
``compile_statement`` for a ``Circuit``, or ``evaluate`` to run the statement on integers.
``compile_gadget(function, public={…}, private={…})`` does the same for one function::

    circuit = compile_gadget(
        lambda api, x: api.assert_equal(inverse(api, x.x), x.y), public={"y": 1}, private={"x": 1}
    )
    circuit.system.n_constraints            # 2
    w = circuit.witness({"y": ..., "x": 3})  # by the kernel, every constraint checked
    w = circuit.tape.run_python([y, x])      # slow twin, a list of integers, nothing checked
    circuit.system.first_unsatisfied(w)      # slow twin of the kernel's check

``zkcredit.audit.determinism.undetermined`` lists the wires that the constraints do not pin down.
``Evaluator().value(5)`` is an input for running a gadget by hand; ``int(signal)`` reads it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.r1cs.api import Api, Shadow, Signal
    from zkcredit.r1cs.builder import Builder, Wire
    from zkcredit.r1cs.circuit import Circuit
    from zkcredit.r1cs.evaluator import Evaluator, Value
    from zkcredit.r1cs.statement import (
        Inputs,
        Statement,
        compile_gadget,
        compile_statement,
        evaluate,
    )
    from zkcredit.r1cs.system import ConstraintSystem, Matrix
    from zkcredit.r1cs.tape import TapeProgram
    from zkcredit.r1cs.uint import MAX_BITS, UInt

__all__ = [
    "MAX_BITS",
    "Api",
    "Builder",
    "Circuit",
    "ConstraintSystem",
    "Evaluator",
    "Inputs",
    "Matrix",
    "Shadow",
    "Signal",
    "Statement",
    "TapeProgram",
    "UInt",
    "Value",
    "Wire",
    "compile_gadget",
    "compile_statement",
    "evaluate",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Api": "api",
        "Builder": "builder",
        "Circuit": "circuit",
        "ConstraintSystem": "system",
        "Evaluator": "evaluator",
        "Inputs": "statement",
        "Matrix": "system",
        "MAX_BITS": "uint",
        "Shadow": "api",
        "Signal": "api",
        "Statement": "statement",
        "TapeProgram": "tape",
        "UInt": "uint",
        "Value": "evaluator",
        "Wire": "builder",
        "compile_gadget": "statement",
        "compile_statement": "statement",
        "evaluate": "statement",
    },
)
