"""What the market's contract stores, as frozen records.

Amounts are minor currency units; ``tokens`` are the token's base units; times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, NoReturn

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.errors import ChainError
from zkcredit.loan import Product, Terms
from zkcredit.policy import Policy

__all__ = [
    "LoanState",
    "LoanStatus",
    "PositionState",
    "ProductState",
    "Pseudonym",
    "PseudonymState",
    "Quote",
    "product_from_tuple",
    "product_to_tuple",
]


class _OfContract(IntEnum):
    """What a contract gives as a number.

    Raises:
        ChainError: if the number is not one of these.
    """

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ChainError(f"the contract gave {value}, which is not a {cls.__name__}")


class LoanStatus(_OfContract):
    """Where a loan stands."""

    NONE = 0
    REQUESTED = 1
    ACTIVE = 2
    REPAID = 3
    DEFAULTED = 4
    RECOVERED = 5
    CANCELLED = 6


class PseudonymState(_OfContract):
    """What a pseudonym may do next: apply, repay, or nothing."""

    NONE = 0
    OPEN = 1
    BLOCKED = 2


@dataclass(frozen=True, slots=True)
class ProductState:
    """A published product.

    Attributes:
        product_id: its number.
        product: terms, policy and range.
        creator: who published it.
        open: whether it takes applications.
        terms_hash: what proofs bind themselves to.
    """

    product_id: int
    product: Product
    creator: str
    open: bool
    terms_hash: bytes


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan as stored; ``Quote`` brings fees and arrears up to now.

    Attributes:
        loan_id: its number.
        borrower: who applied, is paid and owes.
        principal: amount of the loan.
        instalment: level instalment.
        nullifier: the borrower's pseudonym in this market.
        product_id: the product.
        purpose: code of what the borrower said the loan is for; 0 if it was not said.
        funding_deadline: last second at which the application can be funded.
        started_at: when the loan was paid out; None before.
        status: where it stands.
        paid_instalments: number of instalments paid in full.
        assessed_instalments: number of instalments whose lateness has been judged.
        funded: sum of the positions.
        balance: principal outstanding after the instalments paid in full.
        credit: paid towards the next instalment.
        fees_owed: late fees charged and not paid.
        received: everything paid in by or for the borrower.
        recovery_owed: after default, what is left of the debt.
    """

    loan_id: int
    borrower: str
    principal: int
    instalment: int
    nullifier: int
    product_id: int
    purpose: int
    funding_deadline: int
    started_at: int | None
    status: LoanStatus
    paid_instalments: int
    assessed_instalments: int
    funded: int
    balance: int
    credit: int
    fees_owed: int
    received: int
    recovery_owed: int

    @classmethod
    def from_tuple(cls, loan_id: int, values: tuple[Any, ...]) -> LoanState:
        """Read an ``ILoanMarket.Loan``.

        Raises:
            ChainError: if its status is not one of a loan.
        """
        loan = abi_of("LoanMarket").members("loan", values)
        loan["started_at"] = loan["started_at"] or None
        loan["status"] = LoanStatus(loan["status"])
        return cls(loan_id=loan_id, **loan)


@dataclass(frozen=True, slots=True)
class PositionState:
    """One funding of one loan.

    Attributes:
        position_id: its number.
        lender: who may withdraw.
        loan_id: the loan.
        start: sum of the loan's positions before this one.
        amount: amount funded.
        withdrawn_tokens: tokens drawn so far.
    """

    position_id: int
    lender: str
    loan_id: int
    start: int
    amount: int
    withdrawn_tokens: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a loan costs at the latest block.

    Attributes:
        overdue: unpaid part of the instalments that have fallen due.
        fees: late fees owed.
        remaining: everything left of the schedule, fees included.
        settlement: what ``settle`` costs now.
        next_due_at: due time of the oldest unpaid instalment, or None.
        defaultable: whether ``mark_default`` would succeed now.
    """

    overdue: int
    fees: int
    remaining: int
    settlement: int
    next_due_at: int | None
    defaultable: bool


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """What the market knows of a nullifier.

    Attributes:
        state: none, open or blocked.
        loan_id: the loan that made it so, or None.
    """

    state: PseudonymState
    loan_id: int | None


def product_to_tuple(product: Product) -> tuple[Any, ...]:
    """``ILoanMarket.ProductTerms`` of a product."""
    values = {**product.values(), "unit": product.token_unit}
    return abi_of("LoanMarket").struct("createProduct", "terms", values)


def product_from_tuple(values: tuple[Any, ...]) -> Product:
    """Return the product of an ``ILoanMarket.ProductTerms``.

    Raises:
        InvalidInput, OutOfRange: if terms that no product of ours has; the contract refuses them
            too.
    """
    terms = abi_of("LoanMarket").members("product", values)
    terms["token_unit"] = terms.pop("unit")
    return Product(
        terms=Terms(**_taken(Terms, terms)), policy=Policy(**_taken(Policy, terms)), **terms
    )


def _taken(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    return {field.name: values.pop(field.name) for field in fields(kind) if field.name in values}
