"""An integer scorecard in a circuit: one bin for each feature, and the sum of the bins' points.

The table is compiled in, so bounds and points are constants. The points cost nothing: they are a
combination of the bits that say which bin it is. A feature is an integer. It is a number below
2^32, which inclusive upper bounds cut into bins, or the code of a named value: its place in the
sorted list of names.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.compare import assert_between
from zkcredit.gadgets.poseidon import assert_poseidon, domain_tag, poseidon
from zkcredit.gadgets.range import assert_bool
from zkcredit.r1cs import UInt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = [
    "NUMBER",
    "NUMBER_BITS",
    "SCORE_BITS",
    "CodeColumn",
    "NumberColumn",
    "Schema",
    "ScoreTable",
    "assert_features",
    "evaluate_table",
    "features_domain",
]

NUMBER_BITS: Final = 32
SCORE_BITS: Final = 16
NUMBER: Final = f"number below 2^{NUMBER_BITS}"
"""How a schema writes the values of a number, in place of the list of names."""

Schema = tuple[tuple[str, tuple[str, ...]], ...]
"""Name and values of each feature, in the order in which they are signed."""

_MAX_COLUMNS: Final = 16
_MAX_NUMBER: Final = (1 << NUMBER_BITS) - 1


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A number below 2^32. Bin i ends with upper_bounds[i], and the last bin with 2^32 - 1.

    Raises:
        CircuitError: if there are no bounds, the bounds do not ascend within 0 .. 2^32 - 2, or the
            number of bins is not one more than that of the bounds.
    """

    name: str
    upper_bounds: tuple[int, ...]
    points: tuple[int, ...]

    def __post_init__(self) -> None:
        edges = (-1, *self.upper_bounds, _MAX_NUMBER)
        if any(low >= high for low, high in pairwise(edges)):
            raise CircuitError(
                f"{self.name}: the bounds of bins must ascend and stay below 2^32 - 1"
            )
        if not 2 <= len(self.points) == len(self.upper_bounds) + 1:
            raise CircuitError(f"{self.name}: there must be two bins or more, one more than bounds")

    @property
    def values(self) -> list[str]:
        """How a value is written, for the schema."""
        return [NUMBER]

    def bin(self, value: int) -> int:
        """Return the bin of a number.

        Raises:
            OutOfRange: if it is not an integer below 2^32.
        """
        if type(value) is not int or not 0 <= value <= _MAX_NUMBER:
            raise OutOfRange(f"{self.name} must be an integer from 0 to 2^{NUMBER_BITS} - 1")
        return sum(value > bound for bound in self.upper_bounds)

    def choose(self, api: Api, value: Signal) -> list[Signal]:
        """Prove which bin holds the value, and return one bit for each bin.

        Adds n + 64 constraints for n bins.

        Exactly one bit is set, so the sums of lower and upper bounds are those of its bin, below
        2^32. low ≤ value ≤ high then holds for one bin only, because the bins tile the numbers.
        """
        s = api.shadow(value)
        above = [
            (s + ((1 << NUMBER_BITS) - 1 - bound)).bits(NUMBER_BITS + 1)[-1]
            for bound in self.upper_bounds
        ]
        hints = [a - b for a, b in pairwise([*above, api.shadow(0)])]
        chosen = _one_hot(api, hints)
        lows = [0, *(bound + 1 for bound in self.upper_bounds)]
        highs = [*self.upper_bounds, _MAX_NUMBER]
        low, high = (
            UInt.unchecked(api.linear(zip(ends, chosen, strict=True)), NUMBER_BITS)
            for ends in (lows, highs)
        )
        assert_between(api, low, value, high)
        return chosen


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A named value. Its code is its place in ``names``, which is sorted.

    Raises:
        CircuitError: if there are fewer than two names, the names are not sorted and different, or
            their number is not that of the points.
    """

    name: str
    names: tuple[str, ...]
    points: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.names) < 2 or list(self.names) != sorted(set(self.names)):
            raise CircuitError(
                f"{self.name}: there must be two names or more, different and sorted"
            )
        if len(self.points) != len(self.names):
            raise CircuitError(f"{self.name}: every name must have points")

    @property
    def values(self) -> list[str]:
        """How a value is written, for the schema."""
        return list(self.names)

    def bin(self, value: int) -> int:
        """Return the code itself.

        Raises:
            OutOfRange: if no name has this code.
        """
        if type(value) is not int or not 0 <= value < len(self.names):
            raise OutOfRange(f"{self.name} must be a code from 0 to {len(self.names) - 1}")
        return value

    def choose(self, api: Api, value: Signal) -> list[Signal]:
        """Prove which code the value is, and return one bit for each code.

        Adds n + 1 constraints for n names.
        """
        s = api.shadow(value)
        chosen = _one_hot(api, [(s - code).is_zero() for code in range(1, len(self.names))])
        api.assert_equal(value, api.linear(enumerate(chosen)))
        return chosen


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """A scorecard of integers, as a circuit is compiled from it.

    Attributes:
        base: points that everybody gets.
        columns: 1 to 16 features, in the order in which they are signed.
        model: sha256 (hex) of the published model from which the table was made.

    Raises:
        CircuitError: if there are no features, or too many, two have one name, or a score could be
            negative or have more than 16 bits.
    """

    base: int
    columns: tuple[NumberColumn | CodeColumn, ...]
    model: str

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        if not 1 <= len(self.columns) == len(names) <= _MAX_COLUMNS:
            raise CircuitError(f"a score table must have 1 to {_MAX_COLUMNS} different features")
        low = self.base + sum(min(column.points) for column in self.columns)
        high = self.base + sum(max(column.points) for column in self.columns)
        if low < 0 or high >> SCORE_BITS:
            raise CircuitError(f"scores must have {SCORE_BITS} bits, not go from {low} to {high}")

    @property
    def schema(self) -> Schema:
        """The name of each feature and how its values are written: all that an issuer must know."""
        return tuple((column.name, tuple(column.values)) for column in self.columns)

    @property
    def domain(self) -> int:
        """The domain of the hash; other features, or other names for values, have another one."""
        return features_domain(self.schema)

    def score(self, features: Sequence[int]) -> int:
        """Return the points of a row.

        Raises:
            InvalidInput: if the number of values is not that of the features.
            OutOfRange: if a value has no bin.
        """
        rows = zip(self.columns, self._checked(features), strict=True)
        return self.base + sum(column.points[column.bin(value)] for column, value in rows)

    def features_hash(self, features: Sequence[int]) -> int:
        """Return what an issuer signs for a row. It stays private, because the hash hides nothing.

        Raises:
            InvalidInput: if the number of values is not that of the features.
            OutOfRange: if a value has no bin.
        """
        for column, value in zip(self.columns, self._checked(features), strict=True):
            column.bin(value)
        return poseidon(features, self.domain)

    def _checked(self, features: Sequence[int]) -> Sequence[int]:
        if len(features) != len(self.columns):
            raise InvalidInput(f"a row must have {len(self.columns)} features, not {len(features)}")
        return features


def features_domain(schema: Schema) -> int:
    """Return the domain of the hash of features of this schema."""
    text = json.dumps(schema)
    return domain_tag(f"features/{hashlib.sha256(text.encode()).hexdigest()}")


def assert_features(
    api: Api, table: ScoreTable, features: Sequence[Signal], digest: Signal
) -> None:
    """Constrain ``digest`` to be the hash of the features.

    Adds 3·(8·t + p) - 3 constraints for n = t - 1 features, as ``assert_poseidon`` does.
    """
    with api.gadget("features"):
        assert_poseidon(api, features, digest, table.domain)


def evaluate_table(api: Api, table: ScoreTable, features: Sequence[Signal]) -> UInt:
    """Return the score of the features, with its proven 16 bits.

    Adds b + c + 64·m constraints, where b counts the bins and names of all features, c the features
    with names, and m the numbers; the sum is free.

    A feature outside its names or beyond 2^32 is refused. The score has 16 bits because every
    choice of bins stays in the range that ``ScoreTable`` checks.

    Raises:
        CircuitError: if the number of signals is not that of the features.
    """
    if len(features) != len(table.columns):
        raise CircuitError(f"a row must have {len(table.columns)} features, not {len(features)}")
    with api.gadget("scorecard"):
        terms: list[tuple[int, Signal]] = []
        for column, value in zip(table.columns, features, strict=True):
            with api.gadget(column.name):
                terms += zip(column.points, column.choose(api, value), strict=True)
        return UInt.unchecked(api.linear(terms, table.base), SCORE_BITS)


def _one_hot(api: Api, hints: Sequence[Shadow]) -> list[Signal]:
    # Bits of which exactly one is set. Bit 0 is 1 less the others, and is a boolean too: without
    # that check, two others could be set.
    others = [api.witness(hint) for hint in hints]
    first = 1 - api.sum(others)
    return [assert_bool(api, bit).value for bit in (first, *others)]
