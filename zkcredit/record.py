"""What an issuer says about a borrower: twelve integers with fixed meanings, widths and order.

The credential's Poseidon hash takes them in this order, so the order never changes. The circuits
rely on the widths, so a record outside them cannot be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from zkcredit._internal.checks import require_uint
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.schema import ATTRIBUTES

__all__ = ["CreditRecord"]


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """The twelve attributes of one borrower; see ``schema.ATTRIBUTES`` for units and bounds.

    The issuer fills in ``subject_ref`` and ``person_tag``, which default to 0 (not set). ``repr``
    never shows the values: a record is private to borrower and issuer.

    Raises:
        InvalidInput: if an attribute is not an int, or the currency is not 1 to 999.
        OutOfRange: if an attribute is outside its width.
    """

    score: int
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
        for spec in ATTRIBUTES:
            require_uint(spec.name, getattr(self, spec.name), spec.bits)
        if not 0 < self.currency < 1000:
            raise InvalidInput("currency must be an ISO 4217 number, 1 to 999")

    def __repr__(self) -> str:
        return "CreditRecord(…)"

    def values(self) -> tuple[int, ...]:
        """Return the twelve integers in the order in which they are hashed."""
        return tuple(getattr(self, spec.name) for spec in ATTRIBUTES)

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> CreditRecord:
        """Build a record from a mapping with exactly the twelve names.

        Raises:
            MalformedFile: if a name is missing or unknown.
            InvalidInput: if a value is not an int, or the currency is not 1 to 999.
            OutOfRange: if a value is outside its width.
        """
        if not isinstance(values, Mapping):
            raise MalformedFile("a record must be a mapping of attributes")
        names = {field.name for field in fields(cls)}
        if missing := sorted(names - values.keys()):
            raise MalformedFile(f"the record lacks {', '.join(missing)}")
        if unknown := sorted(str(name) for name in values.keys() - names):
            raise MalformedFile(f"the record has unknown attributes: {', '.join(unknown)}")
        return cls(**{name: values[name] for name in names})  # type: ignore[arg-type]  # checked in __post_init__
