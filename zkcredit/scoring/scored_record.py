"""What an issuer says about a borrower if a published model, and not the issuer, makes the score.

A ``ScoredRecord`` is a ``zkcredit.CreditRecord`` with features in place of the score. The issuer
signs the hash of the features, which takes the score's place among the twelve attributes; the
statement ``scored_eligibility`` computes the score from the features. The verifier chooses the
model: the record has the features and the codes of their values, but not bins or points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_text, require_uint
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.scorecard import NUMBER, NUMBER_BITS, features_domain
from zkcredit.record import CreditRecord
from zkcredit.schema import ATTRIBUTES
from zkcredit.scoring.circuit_table import circuit_table, feature_values
from zkcredit.scoring.protected import refuse_protected

if TYPE_CHECKING:
    from zkcredit.gadgets.scorecard import Schema
    from zkcredit.scoring.scorecard import Scorecard

__all__ = ["MAX_FEATURES", "Features", "ScoredRecord", "read_record"]

MAX_FEATURES: Final = 16
"""The most features of a record: one Poseidon hash takes this many."""

_MAX_NAMES: Final = 256


@dataclass(frozen=True, slots=True, repr=False)
class Features:
    """Values of features, with the schema to read and to hash them. Private to the borrower.

    Attributes:
        schema: name and values of each feature, in the order in which they are hashed. Values
            are sorted names, or one entry that says "a number below 2^32".
        codes: for each feature the number, or the place of the name in its list.

    Raises:
        InvalidInput: if the schema is malformed, has a protected attribute, or has a feature
            twice, or if there is not exactly one code for each feature.
        OutOfRange: if a code does not name a value. The text names the feature, never the value.
    """

    schema: Schema
    codes: tuple[int, ...]

    def __post_init__(self) -> None:
        _require_schema(self.schema)
        if not isinstance(self.codes, tuple) or len(self.codes) != len(self.schema):
            raise InvalidInput(f"{len(self.schema)} features are expected")
        for (name, values), code in zip(self.schema, self.codes, strict=True):
            require_uint(name, code, NUMBER_BITS)
            if values != (NUMBER,) and code >= len(values):
                raise OutOfRange(f"{name} has a value that its schema does not name")

    def __repr__(self) -> str:
        return "Features(…)"

    @classmethod
    def of(cls, row: object, scorecard: Scorecard | None = None) -> Features:
        """Return the features that a model reads, from a row.

        Args:
            row: an object with the features as attributes, or a mapping with exactly their names.
            scorecard: the published model; the bundled one by default.

        Raises:
            InvalidInput: if a feature is missing or unknown, or has a value without a code.
            OutOfRange: if a number is not below 2^32.
        """
        table = circuit_table(scorecard)
        if isinstance(row, Mapping):
            refuse_protected(map(str, row))
            known = [column.name for column in table.columns]
            if unknown := sorted(str(name) for name in row if name not in known):
                raise InvalidInput(f"the model does not have the features {', '.join(unknown)}")
        return cls(table.schema, feature_values(table, row))

    def named(self) -> dict[str, int | str]:
        """Return feature → value, in the notation that people use."""
        return {
            name: code if values == (NUMBER,) else values[code]
            for (name, values), code in zip(self.schema, self.codes, strict=True)
        }

    @classmethod
    def from_named(cls, schema: object, values: object) -> Features:
        """Read features from JSON values: their schema, and the mapping that ``named`` returns.

        Raises:
            MalformedFile: if the schema is not a list of features, or the values do not match it.
            InvalidInput: if the schema is malformed, or has a protected or a repeated feature.
            OutOfRange: if a value is not in the schema.
        """
        if not isinstance(schema, list) or not isinstance(values, dict):
            raise MalformedFile("features: a list of features and an object of values are expected")
        if not all(isinstance(e, list) and len(e) == 2 and isinstance(e[1], list) for e in schema):
            raise MalformedFile("features: a schema is a list of names with their values")
        read = tuple((name, tuple(allowed)) for name, allowed in schema)
        _require_schema(read)
        if values.keys() != {name for name, _ in read}:
            raise MalformedFile("features: exactly the features of the schema are expected")
        return cls(read, tuple(_code(values[name], allowed) for name, allowed in read))

    def hash(self) -> int:
        """Return the hash that is signed in place of a score; it is private like the features."""
        return poseidon(self.codes, features_domain(self.schema))


@dataclass(frozen=True, slots=True, repr=False)
class ScoredRecord:
    """Features and the eleven other attributes (``zkcredit.record.ATTRIBUTES``).

    ``repr`` never shows the values.

    Raises:
        InvalidInput: if an attribute is not an int, the currency is not 1 to 999, or the features
            are not ``Features``.
        OutOfRange: if an attribute is outside its width.
    """

    features: Features
    monthly_income: int
    monthly_expenses: int
    monthly_debt_service: int
    delinquencies_24m: int
    history_months: int
    currency: int
    employment_months: int = 0
    dependants: int = 0
    open_accounts: int = 0
    subject_ref: int = 0
    person_tag: int = 0

    def __post_init__(self) -> None:
        require_instance("the features", self.features, Features)
        self._with_score(0)

    def __repr__(self) -> str:
        return "ScoredRecord(…)"

    def values(self) -> tuple[int, ...]:
        """Return the twelve field elements in the order in which they are hashed."""
        return (self.features.hash(), *self._with_score(0).values()[1:])

    def judged_by(self, scorecard: Scorecard | None = None) -> CreditRecord:
        """Return the record with the score that a model gives, on which a policy decides.

        Args:
            scorecard: the published model; the bundled one by default.

        Raises:
            InvalidInput: if the model reads other features, or has other codes for their values.
        """
        table = circuit_table(scorecard)
        if table.schema != self.features.schema:
            raise InvalidInput("the credential has other features than this scorecard reads")
        return self._with_score(table.score(self.features.codes))

    @classmethod
    def from_values(
        cls, values: Mapping[str, object], scorecard: Scorecard | None = None
    ) -> ScoredRecord:
        """Build a record from a mapping: ``features`` (name → value) and the eleven names.

        Raises:
            MalformedFile: if a name is missing or unknown.
            InvalidInput: if a value has the wrong type.
            OutOfRange: if a value is outside its range.
        """
        if not isinstance(values, Mapping) or not isinstance(values.get("features"), Mapping):
            raise MalformedFile("a scored record must be a mapping with an object of features")
        others = {name: value for name, value in values.items() if name != "features"}
        if "score" in others:
            raise MalformedFile("a scored record must have features in place of a score")
        record = CreditRecord.from_values({**others, "score": 0})
        return cls(Features.of(values["features"], scorecard), **_others(record))

    def _with_score(self, score: int) -> CreditRecord:
        return CreditRecord(score=score, **_others(self))


def read_record(
    values: Mapping[str, object], scorecard: Scorecard | None = None
) -> CreditRecord | ScoredRecord:
    """Read what an issuer writes down about a person: with a score, or with features.

    Args:
        values: the attributes by name. Those that a record need not have are 0 if left out.
        scorecard: the published model that reads the features; the bundled one by default.

    Raises:
        MalformedFile: if a name is missing or unknown.
        InvalidInput: if a value is not acceptable, or a scorecard is given for a record that has no
            features.
        OutOfRange: if a number is outside its width.
    """
    if not isinstance(values, Mapping):
        raise MalformedFile("a record must be a mapping of attributes")
    full = {field.name: 0 for field in fields(CreditRecord) if field.default == 0} | dict(values)
    if "features" in full:
        return ScoredRecord.from_values(full, scorecard)
    if scorecard is not None:
        raise InvalidInput("a scorecard reads features, but this record has a score")
    return CreditRecord.from_values(full)


def _others(record: CreditRecord | ScoredRecord) -> dict[str, int]:
    return {spec.name: getattr(record, spec.name) for spec in ATTRIBUTES[1:]}


def _require_schema(schema: object) -> None:
    if not isinstance(schema, tuple) or not 1 <= len(schema) <= MAX_FEATURES:
        raise InvalidInput(f"a schema must have 1 to {MAX_FEATURES} features")
    for entry in schema:
        if not isinstance(entry, tuple) or len(entry) != 2 or not isinstance(entry[1], tuple):
            raise InvalidInput("a feature in a schema must be a name with values")
        name, values = entry
        for text in (name, *values[:_MAX_NAMES]):
            if not require_text("a name in a schema", text, 64):
                raise InvalidInput("names in a schema must not be empty")
        named = 2 <= len(values) <= _MAX_NAMES and list(values) == sorted(set(values))
        if values != (NUMBER,) and not named:
            raise InvalidInput(
                "the values of a feature must be two or more different names, sorted, or a number"
            )
    names = [name for name, _ in schema]
    if len(set(names)) != len(names):
        raise InvalidInput("a schema must not have a feature twice")
    refuse_protected(names)


def _code(value: object, allowed: tuple[str, ...]) -> int:
    if allowed == (NUMBER,):
        return value  # type: ignore[return-value]  # the class refuses what is not an int
    if not isinstance(value, str) or value not in allowed:
        raise OutOfRange("a feature has a value that its schema does not name")
    return allowed.index(value)
