"""A market on a local chain, without proofs: its gate accepts everything.

The gate is a program of eighteen bytes. It answers a call without arguments with 0, one with two
words (``consumedLast``) with 1, and any other call with the block's number, so each application has
a pseudonym of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.loan.table_cases import MONTH, monthly

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.index.chain_index import Watched
from zkcredit.chain.index.loans import BOOK, MARKET
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.loan import TableProduct
from zkcredit.policy import Policy
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.chain.nodes.replies import Receipt

UNIT = 10_000
_OPEN_GATE = bytes.fromhex("6044361415430a36600410025f5260205ff3")


class LoanTown:
    """Operator, borrower, two lenders and a stranger around one market and its book."""

    def __init__(self, node: LocalNode) -> None:
        self.node = node
        self.new_senders()
        by = self.operator
        creation = b"\x60" + bytes([len(_OPEN_GATE)]) + b"\x80\x60\x09\x5f\x39\x5f\xf3" + _OPEN_GATE
        gate = by.send(Call(None, creation, 200_000)).contract
        engine, first = deploy_contract("LoanEngine", by=by)
        self.book, _ = deploy_contract("ProductBook", engine, DAY, by=by)
        bureau, _ = deploy_contract("CreditBureau", by.address, 0, 978, 0, by=by)
        consents, _ = deploy_contract("Consents", by=by)
        self.market, _ = deploy_contract(
            "LoanMarket", gate, engine, self.book, bureau, consents, by.address, by.address, by=by
        )
        self.send(by, bureau, "CreditBureau", "addMember", self.market, gate)
        self.token = deploy_test_token(node, by=by)
        self.do(by, "setTokenAllowed", self.token.address, True)
        for person in (self.borrower, self.lender, self.second):
            self.token.mint(person.address, 10_000_000 * UNIT, by=by)
            self.token.approve(self.market, 10**30, by=person)
        self.watched = Watched(first.block, {self.market: MARKET, self.book: BOOK})

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""
        people = [TransactionSender(self.node, who, Outbox(None)) for who in self.node.accounts[:5]]
        self.operator, self.borrower, self.lender, self.second, self.stranger = people

    def product(self, **changes: Any) -> TableProduct:
        """A product of twelve months at two per cent, with a fee and a holiday."""
        product = TableProduct(
            table=monthly("L" * 11 + "R", 20_000_000),
            policy=Policy(),
            min_principal=10_000,
            max_principal=500_000,
            token=self.token.address.lower(),
            token_unit=UNIT,
            currency=978,
            late_fee=500,
            late_fee_cap=2_000,
            holidays=1,
            origination_bps=100,
            fee_recipient=self.stranger.address.lower(),
        )
        return replace(product, **changes)

    def send(
        self, by: TransactionSender, to: str, contract: str, function: str, *arguments: Any
    ) -> Receipt:
        """Send a call."""
        return by.send(Call(to, abi_of(contract).encode(function, *arguments), 2_500_000))

    def do(self, by: TransactionSender, function: str, *arguments: Any) -> Receipt:
        """Send a call to the market."""
        return self.send(by, self.market, "LoanMarket", function, *arguments)

    def ask(self, function: str, *arguments: Any) -> Any:
        """Read from the market."""
        abi = abi_of("LoanMarket")
        (answer,) = abi.decode(
            function, self.node.call(self.market, abi.encode(function, *arguments))
        )
        return answer

    def publish(self, product: TableProduct) -> str:
        """Publish a product, and return its address."""
        receipt = self.send(self.lender, self.book, "ProductBook", "publish", product.encode())
        log = next(log for log in receipt.logs if log.address == self.book)
        found = abi_of("ProductBook").decode_event(log.topics, log.data)
        assert found is not None
        return str(found[1]["product"])

    def request(self, product: str, principal: int, purpose: int = 0) -> int:
        """The borrower's application; returns its number."""
        evidence = ((0,) * 8, 0, 0, self.now(), 0, b"")
        self.do(self.borrower, "applyForLoan", product, principal, purpose, evidence)
        return int(self.ask("loanCount"))

    def fund(self, by: TransactionSender, loan: int, product: str, amount: int) -> None:
        """A funding."""
        self.do(by, "fund", loan, self.borrower.address, product, amount, by.address)

    def now(self) -> int:
        """Time of the newest block."""
        return self.node.now()

    def later(self, seconds: int) -> None:
        """Time passes."""
        self.node.advance(seconds)


__all__ = ["MONTH", "UNIT", "LoanTown"]
