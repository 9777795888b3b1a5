"""Values that are computed once from an object and kept beside it, not in it.

The fields of a frozen value determine it. A value that is derived from it (its form inside the
kernel, a tree over it, a digest) is not stored in the object, is not compared, and is not pickled.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Derived"]

Owner = TypeVar("Owner")
Made = TypeVar("Made")


class Derived(Generic[Owner, Made]):
    """A property, or a function of one object, whose value is made at its first use.

    The value is made once for each object, even if several threads ask at once, and is kept as
    long as the object lives. Objects count by identity. They must allow weak references: a
    dataclass with slots takes ``weakref_slot=True``. The value must not refer to the object, or
    neither would ever be released.

    Args:
        make: the method or function that makes the value. If it raises, nothing is kept.
    """

    def __init__(self, make: Callable[[Owner], Made]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._kept: dict[int, tuple[ref[Owner], Made]] = {}
        self._lock = RLock()

    @overload
    def __get__(self, owner: None, kind: type[Owner]) -> Self: ...

    @overload
    def __get__(self, owner: Owner, kind: type[Owner] | None = None) -> Made: ...

    def __get__(self, owner: Owner | None, kind: type[Owner] | None = None) -> Self | Made:
        return self if owner is None else self(owner)

    def __set__(self, owner: Owner, value: object) -> None:
        raise AttributeError("a derived value is not set")

    def __call__(self, owner: Owner) -> Made:
        """Return the object's value."""
        place = id(owner)
        found = self._kept.get(place)
        if found is None or found[0]() is not owner:
            with self._lock:
                found = self._kept.get(place)  # another thread may have made it meanwhile
                if found is None or found[0]() is not owner:
                    made = self._make(owner)
                    # the entry goes before the number of a dead object can be another's
                    found = ref(owner, lambda _: self._kept.pop(place, None)), made
                    self._kept[place] = found
        return found[1]
