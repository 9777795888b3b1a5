"""The loan market: applications, funding, the money of a release, and a loan's life.

Reading goes through the client's node. Every change takes the account that makes it as ``by``, and
may take an ``idempotency_key`` (see ``TransactionSender.send``). If a contract refuses, the error
is a ``TransactionReverted`` with the contract's typed error.

What pays money takes the ``LoanState`` that the caller has seen: the transaction names its borrower
and product, so that after a reorganisation of the chain nobody else is paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.loans.consents import SignedConsent
from zkcredit.chain.loans.loan_applications import LoanApplications
from zkcredit.chain.loans.loan_events import LoanFunded
from zkcredit.chain.loans.loan_state import LoanState, PositionState
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.schema import AMOUNT_BITS, TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["LoanMarketClient"]

_CONSENT: Final = 60_000


class LoanMarketClient(LoanApplications):
    """A ``LoanMarket`` contract with any gate, and its lens."""

    # --- lenders --------------------------------------------------------------------------------

    def fund(
        self,
        loan: LoanState,
        amount: int,
        *,
        by: TransactionSender,
        lender: str | None = None,
        idempotency_key: str | None = None,
    ) -> PositionState:
        """Fund an application with up to ``amount``; the last part releases the loan.

        The payer must first allow the market to take the tokens (``allow_payment``).

        Args:
            loan: the application as the lender has seen it.
            amount: the most to fund, minor currency units.
            by: who pays.
            lender: who owns the position; the payer by default.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with StageInvalid, FundingClosed,
                LoanDiffers, ProofTooOld, RootWithdrawn, TokenNotAllowed, NewLoansPaused or
                TransferAmountMismatch, or the token refused.
        """
        require_instance("the loan", loan, LoanState)
        receipt = self._send(
            by,
            "fund",
            loan.loan_id,
            loan.borrower,
            loan.product_address,
            _amount(amount),
            checksum(by.address if lender is None else lender),
            idempotency_key=idempotency_key,
        )
        return self.funded(receipt)

    def funded(self, receipt: Receipt) -> PositionState:
        """Return the present state of the position that a transaction funded."""
        return self.position(self._one(receipt, LoanFunded).position_id)

    def take_back(
        self,
        position_id: int,
        *,
        by: TransactionSender,
        to: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Leave an application that is not full, a day or more after the funding.

        Args:
            position_id: the position.
            by: its lender.
            to: address to pay; the lender's own by default.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with NotPositionOwner, StageInvalid,
                FundingClosed, LeavingTooEarly, RecipientInvalid.
        """
        return self._send(
            by,
            "takeBack",
            _number(position_id),
            checksum(by.address if to is None else to),
            idempotency_key=idempotency_key,
        )

    def withdraw(
        self,
        position_id: int,
        *,
        by: TransactionSender,
        to: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Withdraw what a position can claim now, to ``to`` or to the lender's own address.

        Raises:
            TransactionReverted: if the contract answers with NotPositionOwner, NothingToWithdraw,
                RecipientInvalid, or the token refused.
        """
        where = checksum(by.address if to is None else to)
        return self._send(
            by, "withdraw", _number(position_id), where, idempotency_key=idempotency_key
        )

    # --- money of a release ---------------------------------------------------------------------

    def draw(
        self,
        loan: LoanState,
        *,
        by: TransactionSender,
        to: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Draw what waits for the borrower.

        Args:
            loan: the loan.
            by: the borrower; or anybody, if the borrower's own address is paid.
            to: address to pay; the borrower's own by default.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with NotBorrower, NothingToWithdraw,
                RecipientInvalid, or the token refused.
        """
        require_instance("the loan", loan, LoanState)
        where = checksum(loan.borrower if to is None else to)
        return self._send(by, "draw", loan.loan_id, where, idempotency_key=idempotency_key)

    def withdraw_fees(
        self,
        token: str,
        *,
        by: TransactionSender,
        to: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Draw the sender's origination fees in a token, to ``to`` or to the sender's address.

        Raises:
            TransactionReverted: if the contract answers with NothingToWithdraw, RecipientInvalid,
                or the token refused.
        """
        where = checksum(by.address if to is None else to)
        return self._send(
            by, "withdrawFees", checksum(token), where, idempotency_key=idempotency_key
        )

    # --- a running loan -------------------------------------------------------------------------

    def repay(
        self,
        loan: LoanState,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Pay up to ``amount`` on a running or defaulted loan. Anybody may do this.

        Raises:
            TransactionReverted: if the contract answers with StageInvalid, LoanDiffers,
                NotRunning, AmountInvalid, or the token refused.
        """
        return self._pay("repay", loan, amount, by, idempotency_key)

    def settle(
        self,
        loan: LoanState,
        limit: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Settle a running loan now, for at most ``limit``. Anybody may do this.

        The limit is at least one minor unit, also where what was paid ahead covers the loan and
        nothing is taken.

        Raises:
            TransactionReverted: if the contract answers with SettlementAboveLimit, or as in
                ``repay``.
        """
        return self._pay("settle", loan, limit, by, idempotency_key)

    def prepay(
        self,
        loan: LoanState,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Lower a running loan's balance ahead of its rows. Anybody may do this.

        Raises:
            TransactionReverted: if the contract answers with InArrears, RowNotBegun,
                InterestComesFirst, PrepaymentSettles, or as in ``repay``.
        """
        return self._pay("prepay", loan, amount, by, idempotency_key)

    def take_holiday(
        self, loan: LoanState, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Take a payment holiday that the product promises. The borrower only.

        Raises:
            TransactionReverted: if the contract answers with NotBorrower, InArrears,
                HolidaysUsedUp, HolidayJustTaken, RowNotBegun, RowAsksForNothing, HolidayTooLate.
        """
        return self._send(
            by,
            "takeHoliday",
            require_instance("the loan", loan, LoanState).loan_id,
            idempotency_key=idempotency_key,
            gas_limit=self._step_gas("takeHoliday", loan),
        )

    def take_holiday_for(
        self,
        consent: SignedConsent,
        loan: LoanState,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Take a payment holiday in the name of the borrower who signed it. Anybody may carry it.

        Raises:
            TransactionReverted: if the contract answers with ConsentExpired, ConsentUsed,
                ConsentInvalid, or as in ``take_holiday``.
        """
        require_instance("the loan", loan, LoanState)
        return self._send(
            by,
            "takeHolidayFor",
            require_instance("the consent", consent, SignedConsent).to_tuple(),
            loan.loan_id,
            idempotency_key=idempotency_key,
            gas_limit=self._step_gas("takeHolidayFor", loan),
        )

    def restructure(
        self,
        loan: LoanState,
        product_address: str,
        limit: int,
        borrower: SignedConsent,
        lenders: Mapping[int, SignedConsent],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Give a running loan another product's table, with everybody's consent.

        Args:
            loan: the loan.
            product_address: the other product, of the market's book, in the same token.
            limit: the most that the loan may owe then, minor currency units, as everybody signed.
            borrower: the borrower's consent (``ConsentsClient.sign_restructuring``).
            lenders: for each of the loan's positions (``positions_of``) its lender's consent.
            by: who carries them.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if the other product cannot be read.
            TransactionReverted: if the contract answers with ConsentsIncomplete,
                NotPositionOwner, DebtAboveLimit, ProductNotOpen, TokenDiffers,
                PrincipalOutOfRange, or as in ``apply_for``.
        """
        require_instance("the loan", loan, LoanState)
        rows = loan.rows + len(self.book.terms(product_address).table.rows)
        numbers = sorted(lenders)
        signed = [borrower, *(lenders[number] for number in numbers)]
        return self._send(
            by,
            "restructure",
            loan.loan_id,
            checksum(product_address),
            _amount(limit),
            numbers,
            [require_instance("a consent", one, SignedConsent).to_tuple() for one in signed],
            idempotency_key=idempotency_key,
            gas_limit=gas.rows_limit(
                f"{self.contract}.restructure", 1, _CONSENT * len(signed), rows=rows
            ),
        )

    def mark_default(
        self, loan: LoanState, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Declare a loan in default that has been overdue for long enough. Anybody may do this.

        Raises:
            TransactionReverted: if the contract answers with DefaultNotYet, NotRunning,
                StageInvalid.
        """
        return self._send(
            by,
            "markDefault",
            require_instance("the loan", loan, LoanState).loan_id,
            idempotency_key=idempotency_key,
            gas_limit=self._step_gas("markDefault", loan),
        )

    # --- settings -------------------------------------------------------------------------------

    def set_token_allowed(
        self,
        token: str,
        allowed: bool,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Allow or stop applications and fundings of a token's products. Operator only."""
        return self._send(
            by, "setTokenAllowed", checksum(token), allowed, idempotency_key=idempotency_key
        )

    def set_new_loans_paused(
        self, paused: bool, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Stop applications and fundings, or let them go on. Operator only."""
        return self._send(by, "setNewLoansPaused", paused, idempotency_key=idempotency_key)

    def give_notice(
        self,
        token: str,
        until: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Stop the clock of a token that stands still, until a time. Operator only.

        A notice only lengthens; nobody can take it back.

        Args:
            token: the token.
            until: when the clock goes on, Unix seconds, at most 30 days ahead.
            by: the operator.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with NoticeEndInvalid.
        """
        return self._send(
            by,
            "giveNotice",
            checksum(token),
            require_uint("until", until, TIME_BITS),
            idempotency_key=idempotency_key,
        )

    def allow_payment(
        self,
        loan: LoanState,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Let the market take ``amount`` minor units of the loan's token from the sender."""
        product = require_instance("the loan", loan, LoanState).product
        return TokenClient(self.node, product.token).approve(
            self.address,
            _amount(amount) * product.token_unit,
            by=by,
            idempotency_key=idempotency_key,
        )

    # --- parts ------------------------------------------------------------------------------------

    def _pay(
        self,
        function: str,
        loan: LoanState,
        amount: int,
        by: TransactionSender,
        idempotency_key: str | None,
    ) -> Receipt:
        require_instance("the loan", loan, LoanState)
        return self._send(
            by,
            function,
            loan.loan_id,
            loan.borrower,
            _amount(amount),
            idempotency_key=idempotency_key,
            gas_limit=self._step_gas(function, loan),
        )

    def _step_gas(self, function: str, loan: LoanState) -> int:
        return gas.limit_for(f"{self.contract}.{function}", rows=loan.rows)


def _number(value: int) -> int:
    return require_uint("the number", value, 256)


def _amount(value: int) -> int:
    return require_uint("the amount", value, AMOUNT_BITS)
