"""People on a local chain around one market, without wallets: the mock verifier stands in.

The public inputs of an application are checked in full, only the pairing is not, see
``market_world.mock_present``.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.chain.market_world import DAY, POLICY, ROOT, UNIT, mock_present

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around, deploy_test_token
from zkcredit.chain.history.bureau import CreditBureauClient
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.loan import Burden, TableProduct, consumer, months
from zkcredit.units import parts_per_billion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.chain.deployment import Deployment
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.loans.products import PublishedProduct
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

MONTH = 30 * DAY
TABLE = consumer(parts_per_billion("24"), months(3))
PRODUCT = TableProduct(
    table=TABLE, policy=POLICY, min_principal=10_000, max_principal=500_000,
    token="0x" + "00" * 19 + "01", token_unit=UNIT, currency=978, burden=Burden.LEVEL,
    late_fee=500, late_fee_cap=1_500, holidays=1,
)  # fmt: skip
"""The product of the worlds, before there is a token."""


class World:
    """Operator, borrower, two lenders and a stranger around one market with one product."""

    product: PublishedProduct  # of ``offered_world``

    def __init__(self, node: LocalNode, deployment: Deployment | None = None) -> None:
        self.node = node
        self.new_senders()
        if deployment is None:
            mock, _ = deploy_contract("MockVerifier", by=self.operator)
            deployment = deploy_around(node, mock, by=self.operator)
        self.deployment = deployment
        system = deployment.open(node)
        self.verifier, self.registry = system.verifier, system.registry
        self.gate, self.market, self.relay = system.gate, system.market, system.relay
        self.book, self.consents = system.book, system.consents
        self.token = deploy_test_token(node, by=self.operator)
        self.market.set_token_allowed(self.token.address, True, by=self.operator)
        for person in (self.borrower, self.lender, self.second):
            self.token.mint(person.address, 1_000_000 * UNIT, by=self.operator)
            self.token.approve(self.market.address, 10**30, by=person)

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""
        people = [TransactionSender(self.node, who, Outbox(None)) for who in self.node.accounts[:5]]
        self.operator, self.borrower, self.lender, self.second, self.stranger = people

    def offer(self, **changes: Any) -> PublishedProduct:
        """The lender publishes a product."""
        product = replace(PRODUCT, **{"token": self.token.address, **changes})
        return self.book.publish(product, by=self.lender)

    def post_root(self, root: int = ROOT) -> None:
        """The registrar makes a root the current one."""
        self.registry.post(root, bytes(32), "https://example.org/tree.json", by=self.operator)

    def present(self, request: LoanRequest, nullifier: int = 7) -> Presentation:
        """What the borrower's wallet would answer."""
        return mock_present(request, nullifier)

    def requested(self, product: str, principal: int = 100_000, nullifier: int = 7) -> LoanState:
        """The borrower's application, accepted."""
        request = self.market.request(product, principal, self.borrower.address)
        return self.market.apply(request, self.present(request, nullifier), by=self.borrower)

    def released(self, product: str, principal: int = 100_000, nullifier: int = 7) -> LoanState:
        """A loan that two lenders filled, 40 % and the rest, and that the borrower drew."""
        loan = self.requested(product, principal, nullifier)
        part = principal * 2 // 5
        self.market.fund(loan, part, by=self.lender)
        self.market.fund(loan, principal - part, by=self.second)
        self.market.draw(loan, by=self.borrower)
        return self.market.loan(loan.loan_id)

    def money(self) -> dict[str, int]:
        """Tokens of everybody and of the market."""
        holders = {
            "borrower": self.borrower.address, "lender": self.lender.address,
            "second": self.second.address, "stranger": self.stranger.address,
            "market": self.market.address, "relay": self.relay.address,
        }  # fmt: skip
        return {name: self.token.balance_of(address) for name, address in holders.items()}

    def force(
        self, request: LoanRequest, presentation: Any, by: TransactionSender, **changes: Any
    ) -> Any:
        """Send an application as an attacker would: without the client's own checks.

        `changes` replace `product`, `principal`, `purpose`, `deadline`, `policy_now`, `root`,
        `nullifier`.
        """
        inputs = presentation.public_inputs
        evidence = (
            tuple(presentation.proof.to_words()),
            changes.get("root", inputs[2]),
            changes.get("nullifier", inputs[4]),
            changes.get("policy_now", request.policy.now),
            changes.get("deadline", request.deadline),
            b"",
        )
        data = self.market.abi.encode(
            "applyForLoan",
            changes.get("product", request.product_address),
            changes.get("principal", request.principal),
            changes.get("purpose", request.purpose_code),
            evidence,
        )
        return by.send(Call(self.market.address, data, 1_200_000))

    def pseudonym(self, nullifier: int) -> str:
        """What the bureau says that a pseudonym is doing."""
        bureau = CreditBureauClient(self.node, self.market.bureau_address)
        return bureau.standing(nullifier).state.name.lower()


@contextmanager
def offered_world(kind: Callable[[], LocalNode]) -> Iterator[World]:
    """People around a market whose product is published, on a new chain of a kind."""
    with kind() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        yield world
