"""The relay: payments with a signed permit, so that the payer needs no coin for gas.

A repayment of the borrower's own loan may be carried by anybody; a funding is sent by the lender,
who saves the transaction of the allowance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit._internal.checks import require_instance
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.contracts.token import Permit, TokenClient
from zkcredit.chain.loans.loan_state import LoanState
from zkcredit.chain.sending import gas
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["RelayClient"]


class RelayClient(ContractClient):
    """A ``Relay`` contract. Between calls it keeps nothing."""

    contract = "Relay"

    def market(self) -> str:
        """Return the address of the market that is paid."""
        return str(self._read("market"))

    def sign_payment(self, loan: LoanState, amount: int, *, by: Signer, deadline: int) -> Permit:
        """Sign that this relay may take exactly ``amount`` minor units of the loan's token.

        The permit does not name the loan: the relay uses it for a loan of which the signer is the
        borrower, or in a transaction of the signer.

        Raises:
            InvalidInput: if the token does not know permits.
            OutOfRange: if a number is outside its range.
        """
        product = require_instance("the loan", loan, LoanState).product
        token = TokenClient(self.node, product.token)
        tokens = amount * product.token_unit
        return token.sign_permit(self.address, tokens, by=by, deadline=deadline)

    def repay(
        self,
        loan: LoanState,
        permit: Permit,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Pay what a permit allows on a loan; anybody may carry the borrower's own permit.

        Raises:
            InvalidInput: if the permit is for another spender, or not a whole number of minor
                units.
            TransactionReverted: if the token, the relay or the market refused.
        """
        amount = self._paid_by(loan, permit)
        arguments = loan.loan_id, loan.borrower, amount, _words(permit)
        return self._send(
            by,
            "repayWithPermit",
            *arguments,
            idempotency_key=idempotency_key,
            gas_limit=gas.limit_for("Relay.repayWithPermit", rows=loan.rows),
        )

    def fund(
        self,
        loan: LoanState,
        permit: Permit,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Fund an application with what the sender's own permit allows.

        The receipt has the market's events; ``LoanMarketClient.funded`` reads the position.

        Raises:
            InvalidInput: if the permit is for another spender, or not a whole number of minor
                units.
            TransactionReverted: if the token, the relay or the market refused.
        """
        amount = self._paid_by(loan, permit)
        arguments = loan.loan_id, loan.borrower, loan.product_address, amount, _words(permit)
        return self._send(
            by,
            "fundWithPermit",
            *arguments,
            idempotency_key=idempotency_key,
            gas_limit=gas.limit_for("Relay.fundWithPermit", rows=loan.rows),
        )

    def _paid_by(self, loan: LoanState, permit: Permit) -> int:
        require_instance("the loan", loan, LoanState)
        if require_instance("the permit", permit, Permit).spender != self.address:
            raise InvalidInput(f"the permit is for {permit.spender}, not for the relay")
        amount, rest = divmod(permit.tokens, loan.product.token_unit)
        if rest:
            raise InvalidInput("the permit's tokens are not a whole number of minor units")
        return amount


def _words(permit: Permit) -> tuple[Any, ...]:
    r, s, v = permit.signature[:32], permit.signature[32:64], permit.signature[64]
    return permit.owner, permit.deadline, v, r, s
