"""The integer scorecard: a sum of points, with one bin for each feature.

A scorecard is a table. Each feature puts the applicant into exactly one bin, each bin is worth a
whole number of points, and the score is the base plus the points. Computing a score does not round,
so a circuit can evaluate the same table. The bins of a number have inclusive upper bounds, and the
last bin is open; the bins of a category are sets of values.

``zkcredit.scoring.training`` trains the bundled model, which is never edited by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from zkcredit._internal.text import html_table, short_repr
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.scoring.protected import refuse_protected

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
        ascending = all(a < b for a, b in pairwise(self.upper_bounds))
        if not ascending or len(self.points) != len(self.upper_bounds) + 1:
            raise InvalidInput(
                f"{self.name}: bounds must ascend, and there must be one more bin than bounds"
            )

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
        values = [value for group in self.bins for value in group]
        if len(set(values)) != len(values) or len(self.points) != len(self.bins):
            raise InvalidInput(
                f"{self.name}: each value must be in one bin, and each bin must have points"
            )

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


def bins_in_words(feature: Feature) -> tuple[str, ...]:
    """Return what each bin of a feature holds, in words."""
    if isinstance(feature, CategoryFeature):
        return tuple(", ".join(group) for group in feature.bins)
    bounds = feature.upper_bounds
    if not bounds:
        return ("any number",)
    between = tuple(f"{low + 1} to {high}" for low, high in pairwise(bounds))
    return (f"up to {bounds[0]}", *between, f"from {bounds[-1] + 1}")


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A trained scorecard.

    Attributes:
        base: points that everybody gets.
        features: at most 12 features with at most 8 bins each; a protected one is refused.
        training: how the model was trained and how well it ranks (AUC in basis points).
    """

    base: int
    features: tuple[Feature, ...]
    training: dict[str, Any] = field(default_factory=dict, compare=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        refuse_protected(names)
        if not names or len(names) > MAX_FEATURES or len(set(names)) != len(names):
            raise InvalidInput(f"a scorecard must have 1 to {MAX_FEATURES} different features")
        if any(not 1 <= len(feature.points) <= MAX_BINS for feature in self.features):
            raise InvalidInput(f"a feature must have 1 to {MAX_BINS} bins")
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

    def score(self, row: object) -> int:
        """Return the score of one applicant, 300 to 850; higher is better.

        Args:
            row: an object of a dataclass with the features, or a mapping from their names.

        Raises:
            InvalidInput: if the row is neither, a feature is missing or has a value outside every
                bin, or a mapping has a protected attribute.
        """
        return self.base + sum(points for _, points in self.explain(row))

    def explain(self, row: object) -> list[tuple[str, int]]:
        """Return the points of each feature, in the order of the model; see ``score``."""
        values = _values(row)
        explained = []
        for feature in self.features:
            if feature.name not in values:
                raise InvalidInput(f"the applicant's {feature.name} is missing")
            explained.append((feature.name, feature.points[feature.bin(values[feature.name])]))
        return explained

    def _repr_html_(self) -> str:
        rows = [
            (feature.name, told, points)
            for feature in self.features
            for told, points in zip(bins_in_words(feature), feature.points, strict=True)
        ]
        low, high = self.range
        title = f"Scorecard {self.digest[:16]}…: {self.base} points, and one bin of each feature"
        return html_table(
            title, ("feature", "bin", "points"), rows, note=f"Scores are {low} to {high}."
        )

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) of the scoring table, without the training report."""
        table = {key: value for key, value in self.to_json().items() if key != "training"}
        text = json.dumps(table, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, which ``from_json`` reads."""
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
            MalformedFile: if the document is not a scorecard of this format.
            InvalidInput: if a feature is protected, there are too many features or bins, or a
                score is out of range.
        """
        try:
            if not isinstance(document, dict) or document["format"] != _FORMAT:
                raise MalformedFile(f"the document is not a scorecard of the format {_FORMAT}")
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


def _values(row: object) -> Mapping[str, object]:
    if isinstance(row, Mapping):
        refuse_protected(row)
        return row
    if isinstance(row, type) or not is_dataclass(row):
        raise InvalidInput("an applicant is an object of a dataclass, or a mapping of its features")
    return {column.name: getattr(row, column.name) for column in fields(row)}


def _of(kind: type, value: object) -> Any:
    if type(value) is not kind:  # a bool is not accepted as an int
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
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
