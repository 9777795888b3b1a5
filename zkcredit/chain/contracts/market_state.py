"""The data that the market's contract stores, as frozen records.

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
    """An enum of a contract.

    Raises:
        ChainError: if a number is not a member.
    """

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ChainError(f"the contract returned {value}, which is not a {cls.__name__}")


class LoanStatus(_OfContract):
    """The status of a loan."""

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
        product: terms, policy and range of amounts.
        creator: the lender who published it.
        open: whether it accepts applications.
        terms_hash: the hash of the terms, to which proofs are bound.
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
        borrower: the account that applied, is paid and owes.
        principal: amount of the loan.
        instalment: level instalment.
        nullifier: the borrower's pseudonym in this market.
        product_id: the product.
        purpose: number of the loan's purpose; 0 if the borrower did not say.
        funding_deadline: last second at which the application can be funded.
        started_at: when the loan was paid out; None before.
        status: the loan's status.
        paid_instalments: number of instalments paid in full.
        assessed_instalments: number of instalments whose lateness has been judged.
        funded: sum of the positions.
        balance: principal outstanding after the instalments paid in full.
        credit: amount paid towards the next instalment.
        fees_owed: late fees that were charged and not paid.
        received: everything that was paid by or for the borrower.
        recovery_owed: after a default, the rest of the debt.
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
            ChainError: if its status is not a ``LoanStatus``.
        """
        loan = abi_of("LoanMarket").members("loan", values)
        loan["started_at"] = loan["started_at"] or None
        loan["status"] = LoanStatus(loan["status"])
        return cls(loan_id=loan_id, **loan)


@dataclass(frozen=True, slots=True)
class PositionState:
    """A lender's position: one funding of one loan.

    Attributes:
        position_id: its number.
        lender: the account that may withdraw.
        loan_id: the loan.
        start: sum of the loan's earlier positions.
        amount: the funded amount.
        withdrawn_tokens: tokens that were withdrawn so far.
    """

    position_id: int
    lender: str
    loan_id: int
    start: int
    amount: int
    withdrawn_tokens: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A loan's costs at the latest block.

    Attributes:
        overdue: unpaid part of the instalments that are due.
        fees: late fees that are owed.
        remaining: everything that remains of the schedule, with fees.
        settlement: the present cost of ``settle``.
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
    """What the market knows about a pseudonym.

    Attributes:
        state: none, open or blocked.
        loan_id: the loan that is the reason, or None.
    """

    state: PseudonymState
    loan_id: int | None


def product_to_tuple(product: Product) -> tuple[Any, ...]:
    """Return the ``ILoanMarket.ProductTerms`` of a product."""
    issuers = bytes.fromhex(product.issuers).rjust(26, b"\0")
    values = {**product.values(), "unit": product.token_unit, "issuers": issuers}
    return abi_of("LoanMarket").struct("createProduct", "terms", values)


def product_from_tuple(values: tuple[Any, ...]) -> Product:
    """Return the product of an ``ILoanMarket.ProductTerms``.

    Raises:
        InvalidInput, OutOfRange: if a product cannot have these terms, which the contract also
            refuses.
    """
    terms = abi_of("LoanMarket").members("product", values)
    terms["token_unit"] = terms.pop("unit")
    issuers = bytes(terms["issuers"])
    terms["issuers"] = issuers.hex() if any(issuers) else ""
    return Product(
        terms=Terms(**_taken(Terms, terms)), policy=Policy(**_taken(Policy, terms)), **terms
    )


def _taken(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    return {field.name: values.pop(field.name) for field in fields(kind) if field.name in values}
