"""The tree of exceptions: drawn as it is, complete, and fit to travel between processes."""

from __future__ import annotations

import copy
import importlib
import multiprocessing
import pickle
import pkgutil
import re
from concurrent.futures import ProcessPoolExecutor
from inspect import getsourcelines, signature
from typing import TYPE_CHECKING, Any

import pytest

import zkcredit
from zkcredit import errors
from zkcredit.demo.failure import StoryFailed
from zkcredit.errors import (
    DeepReorganisation,
    InvalidProof,
    LedgerError,
    LoanError,
    MalformedFile,
    MissingExtra,
    NodeBehind,
    NotEligible,
    TooFewOpenings,
    TooLargeForQrCode,
    TransactionReverted,
    UnsatisfiedWitness,
    WrongOpening,
    WrongReceipt,
    WrongShare,
    ZkCreditError,
)

if TYPE_CHECKING:
    from pathlib import Path

TREE = [value for value in vars(errors).values() if isinstance(value, type)]
TREE = [kind for kind in TREE if kind.__module__ == errors.__name__]

GIVEN: dict[type[ZkCreditError], tuple[Any, ...]] = {
    DeepReorganisation: (90, 64, 1_000),
    MalformedFile: (3, 14),
    MissingExtra: ("chain",),
    NodeBehind: (3, 5),
    NotEligible: ({"min_score": 3}, 978),
    TooFewOpenings: (1, 2),
    TooLargeForQrCode: (3_000,),
    WrongOpening: ((1, 3),),
    WrongShare: (2, "the union"),
    InvalidProof: ((1, 5), ("min_score",)),
    LedgerError: ("0x5eed",),
    LoanError: (1_790_000_000,),
    TransactionReverted: ("AmountZero", {"amount": 0}),
    UnsatisfiedWitness: (7, "range"),
    WrongReceipt: (("remaining",),),
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


def every_class() -> list[type[ZkCreditError]]:
    """The root and all classes that derive from it, in every module of the package."""
    for module in pkgutil.walk_packages(zkcredit.__path__, "zkcredit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[ZkCreditError]] = [ZkCreditError]
    for kind in found:
        found += [child for child in kind.__subclasses__() if child not in found]
    return [kind for kind in found if kind.__module__.startswith("zkcredit.")]


EVERY = every_class()


def made(kind: type[ZkCreditError]) -> ZkCreditError:
    """An error with everything that its class takes, as the code makes it."""
    return kind("the text", *next((GIVEN[one] for one in kind.__mro__ if one in GIVEN), ()))


def raised(name: str) -> None:
    """Raise one of the errors: what a process of a pool does."""
    raise made(next(kind for kind in EVERY if kind.__qualname__ == name))


def test_classes_outside_the_tree_are_found() -> None:
    assert {*TREE, StoryFailed} < set(EVERY)
    assert len({kind.__qualname__ for kind in EVERY}) == len(EVERY)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_error_survives_copying_and_pickling(kind: type[ZkCreditError]) -> None:
    error = made(kind)
    error.add_note("witness 3")
    error.file = "policy.json"
    pickles = [pickle.dumps(error, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (copy.copy(error), copy.deepcopy(error), *map(pickle.loads, pickles)):
        assert type(twin) is kind
        assert (str(twin), twin.args, vars(twin)) == ("the text", error.args, vars(error))
        assert twin.__notes__ == ["witness 3"]


def test_a_class_that_changes_its_text_survives_too() -> None:
    class Odd(ZkCreditError):
        def __init__(self, first: int, second: int) -> None:
            super().__init__(f"{first} and {second}")
            self.both = first, second

    twin = copy.deepcopy(Odd(1, 2))
    assert (str(twin), twin.both) == ("1 and 2", (1, 2))


def test_every_error_comes_back_from_a_process_pool() -> None:
    # fork: the child has this module, which no import path leads to
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for kind in EVERY:
            with pytest.raises(kind) as caught:
                pool.submit(raised, kind.__qualname__).result()
            assert (str(caught.value), vars(caught.value)) == ("the text", vars(made(kind)))
        assert pool.submit(abs, -1).result() == 1  # the pool is whole


@pytest.mark.slow
def test_every_error_comes_back_from_dask(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    def fails(pickled: bytes) -> None:
        raise pickle.loads(pickled)

    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            local_directory=str(tmp_path),
        ) as cluster,
        Client(cluster) as client,
    ):
        for kind in EVERY:
            error = made(kind)
            answer = client.submit(fails, pickle.dumps(error), pure=False)
            with pytest.raises(kind) as caught:
                answer.result()
            assert (str(caught.value), caught.value.args) == ("the text", error.args)
            for name, value in vars(error).items():
                assert getattr(caught.value, name) == value


def test_every_class_that_takes_more_is_tried_with_it() -> None:
    takes_more = {kind for kind in TREE if "__init__" in vars(kind)}
    assert takes_more == GIVEN.keys()
    for kind in takes_more:
        assert len(signature(kind).parameters) == 1 + len(GIVEN[kind])
