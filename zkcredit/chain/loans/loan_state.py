"""What a market stores of loans and positions, as frozen records.

Amounts are minor currency units; ``tokens`` are the token's base units; times are Unix seconds,
except those of ``LoanState.running``, which are on the clock of the loan's token.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self

from zkcredit._internal.evm import checksum_address
from zkcredit.errors import ChainError, InvalidInput, ZkCreditError
from zkcredit.loan import RunningLoan, TableProduct, loan_from_words, product_address
from zkcredit.loan.words import STANDING_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LoanState", "LoanStatus", "PositionState", "TokenClock"]

_NONE, _REQUESTED, _CANCELLED, _RELEASED = range(4)  # ILoanMarket.Stage


class LoanStatus(IntEnum):
    """Where a loan stands.

    Raises:
        ChainError: if a number is not a member.
    """

    NONE = 0
    REQUESTED = 1
    ACTIVE = 2
    REPAID = 3
    DEFAULTED = 4
    RECOVERED = 5
    CANCELLED = 6

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ChainError(f"the contract returned {value}, which is not a {cls.__name__}")


class TokenClock(NamedTuple):
    """The clock of a token, which stands still while the operator's notice says so.

    Attributes:
        now: time on the clock.
        lost: seconds by which it is behind; a later time of the clock comes at that time plus this.
    """

    now: int
    lost: int


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan as stored, or the application for one; a ``Quote`` brings it up to the present.

    Attributes:
        loan_id: its number.
        status: where it stands; an application is cancelled, too, when its deadline has passed.
        borrower: the account that owes, and to which the loan is paid.
        nullifier: the borrower's pseudonym.
        purpose: number of the loan's purpose; 0 if the borrower did not say.
        product_address: the data contract of its product; another one after a restructuring.
        product: that product.
        principal: amount of the loan.
        funded: sum of the positions.
        undrawn: what was released and waits for the borrower.
        funding_deadline: last second at which the application can be funded; None after release.
        proved_at: the time that the application's proof calls "now"; None after release.
        root: the registry root of that proof; None after release.
        running: the loan since its release; None before.
    """

    loan_id: int
    status: LoanStatus
    borrower: str
    nullifier: int
    purpose: int
    product_address: str
    product: TableProduct
    principal: int
    funded: int
    undrawn: int
    funding_deadline: int | None
    proved_at: int | None
    root: int | None
    running: RunningLoan | None

    @property
    def rows(self) -> int:
        """Number of the product's rows."""
        return len(self.product.table.rows)

    @property
    def paid_rows(self) -> int:
        """Number of the rows that are behind the loan: paid in full, or asking for nothing."""
        return 0 if self.running is None else self.running.paid

    @property
    def received(self) -> int:
        """Everything that was paid by or for the borrower."""
        return 0 if self.running is None else self.running.received

    @property
    def balance(self) -> int:
        """Principal that is outstanding after the rows that are paid, with deferred interest."""
        return 0 if self.running is None else self.running.balance

    @property
    def fees_owed(self) -> int:
        """Late fees that were charged and not paid."""
        return 0 if self.running is None else self.running.fees_owed

    @property
    def recovery_owed(self) -> int:
        """After a default, the rest of the debt."""
        return 0 if self.running is None else self.running.recovery_owed

    def require_running(self) -> RunningLoan:
        """Return the running loan.

        Raises:
            InvalidInput: if it was not released, or is at its end.
        """
        if self.running is None or self.status is not LoanStatus.ACTIVE:
            raise InvalidInput(f"loan {self.loan_id} is {self.status.name.lower()}, not running")
        return self.running

    @classmethod
    def of_entry(cls, loan_id: int, entry: Sequence[int], product: TableProduct, now: int) -> Self:
        """Read an ``ILoanMarket.Entry``.

        Args:
            loan_id: the loan's number.
            entry: the five words.
            product: the product that they name, see ``product_of_entry``.
            now: the chain's time, Unix seconds.

        Raises:
            ChainError: if the words are not those of a loan.
        """
        terms, debt, account, nullifier, party = entry
        stage, running, asked = party & 0xFF, None, None
        if stage == _RELEASED:
            try:
                running = loan_from_words((terms, debt, account), product)
            except ZkCreditError as error:
                raise ChainError(f"the market's words of loan {loan_id}: {error}") from None
            status = LoanStatus(STANDING_NUMBERS[running.standing])
            principal = funded = running.principal
        elif stage in (_REQUESTED, _CANCELLED):
            asked = terms >> 56 & ((1 << 40) - 1)
            over = stage == _CANCELLED or now > asked
            status = LoanStatus.CANCELLED if over else LoanStatus.REQUESTED
            principal, funded = debt >> 208, _amount(debt >> 160)
        else:
            raise ChainError(f"the market's words of loan {loan_id} have the stage {stage}")
        return cls(
            loan_id=loan_id,
            status=status,
            borrower=checksum_address("borrower", f"0x{party >> 96:040x}"),
            nullifier=nullifier,
            purpose=party >> 80 & 0xFFFF,
            product_address=product_of_entry(entry),
            product=product,
            principal=principal,
            funded=funded,
            undrawn=_amount(party >> 32),
            funding_deadline=asked,
            proved_at=None if asked is None else terms >> 16 & ((1 << 40) - 1),
            root=None if asked is None else account,
            running=running,
        )


def product_of_entry(entry: Sequence[int]) -> str:
    """Return the EIP-55 address of the product that the words of a loan name."""
    return checksum_address("product", product_address(entry[:3]))


def is_empty(entry: Sequence[int]) -> bool:
    """Return whether no loan has the number of these words."""
    return entry[4] & 0xFF == _NONE


@dataclass(frozen=True, slots=True)
class PositionState:
    """A lender's position: one funding of one loan, an interval of its principal.

    Attributes:
        position_id: its number.
        lender: the account that may withdraw; None after it took the money back.
        loan_id: the loan.
        start: where the interval begins.
        amount: the funded amount.
        funded_at: when it was funded, Unix seconds.
        withdrawn_tokens: tokens that were withdrawn so far.
    """

    position_id: int
    lender: str | None
    loan_id: int
    start: int
    amount: int
    funded_at: int
    withdrawn_tokens: int

    @classmethod
    def from_tuple(cls, position_id: int, values: tuple[Any, ...]) -> Self:
        """Read an ``ILoanMarket.Position``."""
        lender, start, amount, loan_id, funded_at, withdrawn = values
        left = not int(lender, 16)
        return cls(
            position_id=position_id,
            lender=None if left else lender,
            loan_id=loan_id,
            start=start,
            amount=amount,
            funded_at=funded_at,
            withdrawn_tokens=0 if left else withdrawn,  # the last gap's number stands there then
        )


def _amount(word: int) -> int:
    return word & ((1 << 48) - 1)
