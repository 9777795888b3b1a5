"""The number of constraints that a gadget's docstring claims is what its compiled form adds.

The claim is the sentence "Adds … constraints": a number, "no", or a formula in parameters that the
docstring names. Every public gadget has a case in ``support/gadgets/gadget_calls.py``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import operator
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.gadgets.gadget_calls import cases

import zkcredit.gadgets
from zkcredit.circuits import conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL = list(cases())

_CLAIM = re.compile(r"\bAdds (?P<formula>[^.]+?) constraints?\b")
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def claim(function: object) -> str:
    found = _CLAIM.search(" ".join((inspect.getdoc(function) or "").split()))
    assert found, f"{function} does not say how many constraints it adds"
    return found["formula"]


def value_of(formula: str, values: dict[str, int]) -> float:
    text = formula.replace(",", "").replace("·", "*").replace("−", "-")

    def walk(node: ast.AST) -> float:
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.Name):
            return values[node.id]
        assert isinstance(node, ast.Constant), f"{formula} is not a formula"
        return node.value

    return 0 if text == "no" else walk(ast.parse(text, mode="eval").body)


def gadgets() -> Iterator[Callable[..., object]]:
    """Yield every public function and method whose first argument is the circuit."""
    names = [found.name for found in pkgutil.iter_modules(zkcredit.gadgets.__path__)]
    modules = [importlib.import_module(f"zkcredit.gadgets.{name}") for name in names]
    for module in [*modules, conditions]:
        classes = [c for c in vars(module).values() if inspect.isclass(c)]
        for owner in [module, *classes]:
            for name, value in vars(owner).items():
                if not inspect.isfunction(value) or value.__module__ != module.__name__:
                    continue
                first = [p for p in inspect.signature(value).parameters if p != "self"][:1]
                if first == ["api"] and not name.startswith("_"):
                    yield value


def test_every_gadget_has_a_case():
    tried = {gadget for gadget, _ in ALL}
    missing = {f"{g.__module__}.{g.__qualname__}" for g in gadgets() if g not in tried}
    assert missing == set()


@pytest.mark.parametrize(
    ("gadget", "case"), ALL, ids=[f"{g.__qualname__}-{c.values}" for g, c in ALL]
)
def test_the_docstring_says_how_many_constraints_are_added(gadget, case):
    assert case.added() == value_of(claim(gadget), case.values)


@pytest.mark.parametrize(
    ("text", "values", "count"),
    [
        ("Adds no constraints.", {}, 0),
        ("Adds 1 constraint: x.", {}, 1),
        ("Adds 3·(8·t + p) - 3 constraints for t.", {"t": 2, "p": 56}, 213),
        ("Adds 4 − s constraints.", {"s": 1}, 3),
        ("Adds 3 + n/4 constraints.", {"n": 8}, 5),
    ],
)
def test_claims_are_read(text, values, count):
    found = _CLAIM.search(text)
    assert found is not None
    assert value_of(found["formula"], values) == count
