"""What every story's stage has: a chain in this process, an operator, lenders, a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit.chain import Outbox, Signer, TransactionSender
from zkcredit.chain.sending.transactions import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.chain import EmbeddedNode, LoanMarketClient, TokenClient
    from zkcredit.groth16 import ProvingKey
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = ["PASSWORD", "Stage"]

_GAS_MONEY: Final = 10**18  # wei, so that a new account can pay for its transactions
_GAS: Final = 1_000_000

# The password of files that live for a minute in a private folder.
PASSWORD: Final = "demonstration"  # noqa: S105 - opens nothing but this run's throw-away files


@dataclass(kw_only=True)
class Stage:
    """What a story moves, whichever statement it is about.

    Attributes:
        node: the chain.
        market: where loans are applied for.
        token: the money, in cents.
        proving_key: of the story's statement.
        operator: deploys, allows the token, posts registry roots, names issuers.
        lenders: fund loans.
        product_id: the product at the market.
        proofs: number of proofs made so far.
    """

    node: EmbeddedNode
    market: LoanMarketClient
    token: TokenClient
    proving_key: ProvingKey
    operator: TransactionSender
    lenders: list[TransactionSender]
    product_id: int = 0
    proofs: int = 0

    def now(self) -> int:
        """Return the chain's time."""
        return self.node.now()

    def give_gas(self, account: TransactionSender) -> TransactionSender:
        """Let an account pay for its transactions."""
        self.operator.send(Call(account.address, b"", 21_000, _GAS_MONEY))
        return account

    def stranger(self) -> TransactionSender:
        """Return a new account that belongs to nobody in the cast."""
        return self.give_gas(TransactionSender(self.node, Signer.generate(), Outbox(None)))

    def endow(self, capital: int, gifts: Mapping[TransactionSender, int]) -> int:
        """Give each lender capital, and each borrower gas and a sum of their own.

        Returns:
            All the money there is, in minor currency units.
        """
        for lender in self.lenders:
            self.token.mint(lender.address, capital, by=self.operator)
            self.token.approve(self.market.address, capital, by=lender)
        for account, gift in gifts.items():
            self.give_gas(account)
            self.token.mint(account.address, gift, by=self.operator)
        return self.token.total_supply()

    def balances_of(self, borrowers: Mapping[str, str]) -> dict[str, int]:
        """Tokens by party: the market, the lenders, and borrowers (name to address)."""
        places = {"market": self.market.address}
        places |= {f"lender {i}": lender.address for i, lender in enumerate(self.lenders, start=1)}
        return {
            name: self.token.balance_of(address)
            for name, address in {**places, **borrowers}.items()
        }

    def send_unchecked(
        self, request: LoanRequest, presentation: Presentation, by: TransactionSender
    ) -> object:
        """Apply as an attacker would: without the client's own checks."""
        words = tuple(presentation.proof.to_words())
        evidence = (
            words,
            request.registry_root,
            presentation.pseudonym,
            request.policy.now,
            request.deadline,
            b"",
        )
        data = self.market.abi.encode(
            "applyForLoan",
            request.product_id,
            request.principal,
            request.purpose_code,
            evidence,
        )
        return by.send(Call(self.market.address, data, _GAS))
