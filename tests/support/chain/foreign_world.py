"""A market that judges incomes in shillings for loans in dollars, at rates of two of three."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.chain.loan_world import PRODUCT
from support.chain.market_world import POLICY
from support.chain.real_people import RealWorld

from zkcredit.chain.custody.quotes import FxQuote, FxQuotesClient, deploy_fx_quotes
from zkcredit.chain.custody.signed_quote import SignedQuote
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.sending.accounts import Signer

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.deploying import DeploymentOptions
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.request import LoanRequest

KES, USD, EUR = 404, 840, 978
RATE = 129_123_456_789
"""Cents of a shilling for one of a dollar, times 10^9."""

SIGNERS = [Signer(bytes([n]) * 32) for n in (0x51, 0x52, 0x53, 0x54)]
"""Three who sign rates, and a stranger."""

__all__ = ["EUR", "KES", "RATE", "SIGNERS", "USD", "ForeignWorld"]


class ForeignWorld(RealWorld):
    """As `RealWorld`, with a source of quotes, and a borrower who earns in shillings."""

    def __init__(self, node: LocalNode, key: ProvingKey, folder: Path) -> None:
        super().__init__(node, key, folder)
        self.credential = self.issue(
            self.wallet, "Ada", currency=KES, monthly_income=16_000_000,
            monthly_expenses=6_000_000, monthly_debt_service=0,
        )  # fmt: skip

    def options(self, operator: TransactionSender) -> DeploymentOptions:
        """A gate with a source of quotes."""
        people = [one.address for one in SIGNERS[:3]]
        self.fx: FxQuotesClient = deploy_fx_quotes(people, 2, by=operator)
        return {"fx": self.fx.address}

    def dollar(self, decimals: int) -> str:
        """A token that is allowed, and that the lender has."""
        token = deploy_test_token(self.node, decimals=decimals, by=self.operator)
        self.market.set_token_allowed(token.address, True, by=self.operator)
        for person in (self.borrower, self.lender):
            token.mint(person.address, 10**10 * 10 ** (decimals - 2), by=self.operator)
            token.approve(self.market.address, 10**40, by=person)
        return token.address

    def lent_in(self, token: str, decimals: int, **changes: Any) -> str:
        """Publish a product in dollars whose conditions are in shillings; its address."""
        product = replace(
            PRODUCT, token=token, token_unit=10 ** (decimals - 2), currency=USD,
            policy=replace(POLICY, currency=KES), **changes,
        )  # fmt: skip
        return self.book.publish(product, by=self.lender).address

    def quote(self, who: str = "01", **changes: Any) -> SignedQuote:
        """A quote of now for an hour, signed by these signers."""
        now = self.node.now()
        place = {name: changes.pop(name) for name in ("chain_id", "contract") if name in changes}
        told = {"base": USD, "quote": KES, "rate": RATE, "begins": now, "until": now + 3_600}
        where = {"chain_id": self.node.chain_id, "contract": self.fx.address} | place
        made = SignedQuote(FxQuote(**told | changes), **where)
        for digit in who:
            made = made.signed_by(SIGNERS[int(digit)])
        return made

    def asked(
        self, product: str, quote: SignedQuote | None, principal: int = 100_000, **more: Any
    ) -> LoanRequest:
        """The request of an application."""
        return self.market.request(product, principal, self.borrower.address, quote=quote, **more)
