"""The tree of exceptions: drawn as it is, complete, and fit to travel between processes."""

from __future__ import annotations

import copy
import pickle
import re
from inspect import getsourcelines, signature
from typing import Any

import pytest

from zkcredit import errors
from zkcredit.demo.failure import StoryFailed
from zkcredit.errors import (
    InvalidProof,
    LedgerError,
    NotEligible,
    TooFewOpenings,
    TransactionReverted,
    UnsatisfiedWitness,
    WrongOpening,
    WrongShare,
    ZkCreditError,
)

TREE = [value for value in vars(errors).values() if isinstance(value, type)]
TREE = [kind for kind in TREE if kind.__module__ == errors.__name__]

GIVEN: dict[type[ZkCreditError], tuple[Any, ...]] = {
    NotEligible: ({"min_score": 3},),
    TooFewOpenings: (1, 2),
    WrongOpening: ((1, 3),),
    WrongShare: (2, "the union"),
    InvalidProof: ((1, 5),),
    LedgerError: ("0x5eed",),
    TransactionReverted: ("AmountZero", {"amount": 0}),
    UnsatisfiedWitness: (7, "range"),
}
"""What a class takes beside its text."""


def parent(kind: type) -> type:
    return kind.__bases__[0]


def draw(kind: type, before: str = "", here: str = "") -> list[str]:
    """The tree below a class, each class in the order of the source."""
    children = [other for other in TREE if parent(other) is kind]
    children.sort(key=lambda child: getsourcelines(child)[1])
    lines = [f"{before}{here}{kind.__name__}"]
    inner = before + {"": "", "├── ": "│   ", "└── ": "    "}[here]
    for child in children:
        lines += draw(child, inner, "└── " if child is children[-1] else "├── ")
    return lines


def test_the_drawn_tree_is_that_of_the_classes() -> None:
    assert errors.__doc__ is not None
    drawing = errors.__doc__.split("::\n\n")[1].split("\n\n")[0]
    drawn = [re.match(r"    ([│├└─ ]*\w+)", line) for line in drawing.splitlines()]
    assert [line[1] for line in drawn if line] == draw(ZkCreditError)
    assert len(drawn) == len(TREE)


def test_all_names_the_whole_tree() -> None:
    assert errors.__all__ == sorted(kind.__name__ for kind in TREE)


def test_malformed_input_is_also_what_python_calls_it() -> None:
    for kind in TREE:
        assert issubclass(kind, ValueError) is issubclass(kind, errors.InvalidInput)


@pytest.mark.parametrize("kind", [*TREE, StoryFailed], ids=lambda kind: kind.__name__)
def test_every_error_survives_copying_and_pickling(kind: type[ZkCreditError]) -> None:
    details = next((GIVEN[one] for one in kind.__mro__ if one in GIVEN), ())
    error = kind("the text", *details)
    error.add_note("witness 3")
    pickles = [pickle.dumps(error, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (copy.copy(error), copy.deepcopy(error), *map(pickle.loads, pickles)):
        assert type(twin) is kind
        assert (str(twin), twin.args, vars(twin)) == ("the text", error.args, vars(error))
        assert twin.__notes__ == ["witness 3"]


def test_every_class_that_takes_more_is_tried_with_it() -> None:
    takes_more = {kind for kind in TREE if "__init__" in vars(kind)}
    assert takes_more == GIVEN.keys()
    for kind in takes_more:
        assert len(signature(kind).parameters) == 1 + len(GIVEN[kind])
