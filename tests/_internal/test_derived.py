"""A derived value is made once, kept beside its object, and released with it."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from dataclasses import dataclass, is_dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path

import pytest

import zkcredit
from zkcredit._internal.derived import Derived

made: list[int] = []


class Tree:
    """Something that cannot be copied or pickled, as a form inside the kernel."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __reduce__(self) -> str:
        raise TypeError("not pickled")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Value:
    size: int

    @Derived
    def tree(self) -> Tree:
        """The tree."""
        made.append(self.size)
        if self.size < 0:
            raise ValueError("no tree")
        return Tree(self.size)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    made.clear()


def test_it_is_made_once_for_each_object():
    one, other = Value(3), Value(3)
    assert one.tree is one.tree
    assert one.tree is not other.tree
    assert made == [3, 3]
    assert Value.tree.__doc__ == "The tree."


def test_the_object_stays_what_its_fields_say():
    one = Value(3)
    assert one.tree.size == 3
    assert not hasattr(one, "__dict__")
    assert (one, hash(one), repr(one)) == (Value(3), hash(Value(3)), "Value(size=3)")
    with pytest.raises(AttributeError):
        object.__setattr__(one, "tree", Tree(4))


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, replace, lambda one: pickle.loads(pickle.dumps(one))],
    ids=["copy", "deepcopy", "replace", "pickle"],
)
def test_a_copy_makes_its_own(again):
    one = Value(3)
    tree = one.tree
    other = again(one)
    assert other == one
    assert other.tree is not tree


def test_it_is_released_with_the_object():
    for size in range(50):  # numbers of dead objects are used again
        assert Value(size).tree.size == size
    gc.collect()
    assert not Value.tree._kept


def test_what_fails_is_tried_again():
    one = Value(-1)
    for _ in range(2):
        with pytest.raises(ValueError, match="no tree"):
            _ = one.tree
    assert made == [-1, -1]


def test_threads_that_ask_at_once_get_one_value():
    one, entered, proceed = Value(7), threading.Event(), threading.Event()

    def slowly(owner: Value) -> Tree:
        entered.set()
        proceed.wait()
        made.append(owner.size)
        return Tree(owner.size)

    table = Derived(slowly)
    got: list[Tree] = []
    threads = [threading.Thread(target=lambda: got.append(table(one))) for _ in range(8)]
    for thread in threads:
        thread.start()
    entered.wait()
    proceed.set()
    for thread in threads:
        thread.join()
    assert made == [7]
    assert len(got) == 8
    assert len({id(tree) for tree in got}) == 1


def test_no_frozen_value_of_the_library_hides_state():
    root = Path(zkcredit.__file__).parent
    hiding = []
    for path in sorted(root.rglob("*.py")):
        name = ".".join(("zkcredit", *path.relative_to(root).with_suffix("").parts))
        if path.name.startswith("__") or "cached_property" not in path.read_text():
            continue
        for kind in vars(import_module(name)).values():
            if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == name:
                frozen = kind.__dataclass_params__.frozen
                if frozen and any(isinstance(v, cached_property) for v in vars(kind).values()):
                    hiding.append(kind.__qualname__)
    assert not hiding
