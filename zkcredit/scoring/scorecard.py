"""The integer scorecard: a sum of points, one bin per feature.

A scorecard is a table. Each feature puts the applicant into exactly one bin, each bin is worth a
whole number of points, and the score is the base plus the points. Nothing is rounded when a
score is computed, so a circuit can evaluate the same table. Bins of a number are given by inclusive
upper bounds, the last one open; bins of a category by the set of its values.

The bundled model is trained by :mod:`zkcredit.scoring.training`, never edited by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.scoring.protected import refuse_protected

if TYPE_CHECKING:
    from zkcredit.scoring.german_credit import CreditRow

MIN_SCORE = 300
MAX_SCORE = 850
MAX_FEATURES = 12
MAX_BINS = 8
_MODEL_FILE = "scorecard.json"
_FORMAT = "zkcredit/scorecard/v1"


@dataclass(frozen=True, slots=True)
class NumberFeature:
    """A whole-number feature: bin i holds the values up to and including ``upper_bounds[i]``.

    The last bin is open above, so there is one more entry in ``points`` than in ``upper_bounds``.
    """

    name: str
    upper_bounds: tuple[int, ...]
    points: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check that bounds and points belong together."""
        ascending = all(a < b for a, b in pairwise(self.upper_bounds))
        if not ascending or len(self.points) != len(self.upper_bounds) + 1:
            raise InvalidInput(f"{self.name}: bounds must ascend, with one more bin than bounds")

    def bin(self, value: object) -> int:
        """Return the index of the bin that holds ``value``."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInput(f"{self.name} must be a whole number, not {value!r}")
        return sum(value > bound for bound in self.upper_bounds)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "feature": self.name,
            "upper_bounds": list(self.upper_bounds),
            "points": list(self.points),
        }


@dataclass(frozen=True, slots=True)
class CategoryFeature:
    """A feature with named values: bin i holds the values in ``bins[i]``, each value once."""

    name: str
    bins: tuple[tuple[str, ...], ...]
    points: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check that no value is in two bins."""
        values = [value for group in self.bins for value in group]
        if len(set(values)) != len(values) or len(self.points) != len(self.bins):
            raise InvalidInput(f"{self.name}: each value belongs to one bin with its points")

    def bin(self, value: object) -> int:
        """Return the index of the bin that holds ``value``."""
        for index, group in enumerate(self.bins):
            if value in group:
                return index
        raise InvalidInput(f"{self.name} cannot be {value!r}")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "feature": self.name,
            "values": [list(group) for group in self.bins],
            "points": list(self.points),
        }


Feature = NumberFeature | CategoryFeature


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A trained scorecard.

    Attributes:
        base: points that everybody gets.
        features: at most 12, with at most 8 bins each, none of them protected.
        training: how the model came about and how well it ranks (AUC in basis points).
    """

    base: int
    features: tuple[Feature, ...]
    training: dict[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Refuse protected features, too large tables and scores out of range."""
        names = [feature.name for feature in self.features]
        refuse_protected(names)
        if not names or len(names) > MAX_FEATURES or len(set(names)) != len(names):
            raise InvalidInput(f"a scorecard has 1 to {MAX_FEATURES} different features")
        if any(not 1 <= len(feature.points) <= MAX_BINS for feature in self.features):
            raise InvalidInput(f"a feature has 1 to {MAX_BINS} bins")
        low, high = self.range
        if not MIN_SCORE <= low <= high <= MAX_SCORE:
            raise InvalidInput(f"scores must stay in {MIN_SCORE}..{MAX_SCORE}, not {low}..{high}")

    @property
    def range(self) -> tuple[int, int]:
        """The lowest and the highest score that any applicant can get."""
        return (
            self.base + sum(min(feature.points) for feature in self.features),
            self.base + sum(max(feature.points) for feature in self.features),
        )

    def score(self, row: CreditRow | Mapping[str, object]) -> int:
        """Return the score of one applicant, 300 to 850; higher is better.

        Args:
            row: a typed row, or a mapping from feature name to value.

        Raises:
            InvalidInput: a feature is missing or has a value without a bin, or a mapping carries
                a protected attribute.
        """
        return self.base + sum(points for _, points in self.explain(row))

    def explain(self, row: CreditRow | Mapping[str, object]) -> list[tuple[str, int]]:
        """Return the points per feature, in the order of the model; see :meth:`score`."""
        values = _values(row)
        explained = []
        for feature in self.features:
            if feature.name not in values:
                raise InvalidInput(f"the applicant's {feature.name} is missing")
            explained.append((feature.name, feature.points[feature.bin(values[feature.name])]))
        return explained

    def digest(self) -> str:
        """Return the SHA-256 (hex) of the scoring table, without the training report."""
        table = {key: value for key, value in self.to_json().items() if key != "training"}
        text = json.dumps(table, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; the inverse of :meth:`from_json`."""
        return {
            "format": _FORMAT,
            "base": self.base,
            "features": [feature.to_json() for feature in self.features],
            "training": self.training,
        }

    @classmethod
    def from_json(cls, document: object) -> Scorecard:
        """Read the JSON form.

        Raises:
            MalformedFile: not a scorecard of this format.
            InvalidInput: a protected attribute, too many features or bins, scores out of range.
        """
        try:
            if not isinstance(document, dict) or document["format"] != _FORMAT:
                raise MalformedFile(f"this is not a scorecard ({_FORMAT})")
            return cls(
                base=_of(int, document["base"]),
                features=tuple(_feature(_of(dict, entry)) for entry in _list(document["features"])),
                training=dict(_of(dict, document["training"])),
            )
        except (KeyError, TypeError) as error:
            raise MalformedFile(f"the scorecard is malformed: {error}") from error


def load_scorecard() -> Scorecard:
    """Return the bundled scorecard, trained on the German Credit data."""
    return Scorecard.from_json(json.loads(bundled_text()))


@cache
def bundled_text() -> str:
    """Return the bundled model file as text."""
    return resources.files("zkcredit.scoring").joinpath("data", _MODEL_FILE).read_text("utf-8")


def _values(row: CreditRow | Mapping[str, object]) -> Mapping[str, object]:
    if isinstance(row, Mapping):
        refuse_protected(row)
        return row
    return {column.name: getattr(row, column.name) for column in fields(row)}


def _of(kind: type, value: object) -> Any:
    if type(value) is not kind:  # no bool for an int
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _list(value: object) -> list[Any]:
    found: list[Any] = _of(list, value)
    return found


def _feature(entry: dict[str, Any]) -> Feature:
    name = _of(str, entry["feature"])
    points = tuple(_of(int, value) for value in _list(entry["points"]))
    if "values" in entry:
        groups = [_list(group) for group in _list(entry["values"])]
        return CategoryFeature(name, tuple(tuple(_of(str, v) for v in g) for g in groups), points)
    bounds = tuple(_of(int, value) for value in _list(entry["upper_bounds"]))
    return NumberFeature(name, bounds, points)
