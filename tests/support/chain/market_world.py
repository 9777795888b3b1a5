"""A market on a local chain with people in it, and a stand-in for the prover.

The stand-in knows the mock verifier's secret handshake: a proof's first word is the hash of the
public inputs. So the public inputs are checked in full, only the pairing is not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from zkcredit._internal.evm import keccak256
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploy import deploy_around, deploy_test_token
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import TransactionReverted
from zkcredit.groth16.keys import Proof
from zkcredit.loan import Product, Terms
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zkcredit.chain.contracts.market_state import LoanState, ProductState
    from zkcredit.chain.deploy import Deployment
    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.request import LoanRequest

DAY = 86_400
ROOT = 0xC0FFEE
UNIT = 10_000  # base units of the six-decimal token in a cent
TERMS = Terms(
    rate_bps=200, instalments=3, period=30 * DAY, grace=5 * DAY, late_fee=500,
    default_after=60 * DAY,
)  # fmt: skip
POLICY = replace(Policy.score_range(600), coverage_bps=12_000, currency=978)


def anvil_as_cancun() -> AnvilNode:
    """Anvil at the fork of the fast chain."""
    return AnvilNode(hardfork="cancun")


EITHER_NODE = [
    RevmNode,
    pytest.param(EmbeddedNode, marks=pytest.mark.slow),
    pytest.param(anvil_as_cancun, marks=[pytest.mark.node, pytest.mark.slow]),
    pytest.param(AnvilNode, marks=[pytest.mark.node, pytest.mark.slow]),
]
"""Parameters of a fixture that plays whole stories: on the fast chain, on the reference, on anvil
at the fast chain's fork and at the newest one."""

AS_CANCUN = [RevmNode, EITHER_NODE[2]]
"""Parameters of a fixture whose tests need no later fork than the fast chain's."""


class Played(Protocol):
    """People on a local chain."""

    node: LocalNode

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""


W = TypeVar("W", bound=Played)


@contextmanager
def taken_back(world: W) -> Iterator[W]:
    """Let a test play; afterwards nothing has happened."""
    snapshot = world.node.snapshot()
    world.new_senders()
    try:
        yield world
    finally:
        world.node.restore(snapshot)


def refused(
    error: str, action: Callable[..., object], *args: Any, **kwargs: Any
) -> Mapping[str, object]:
    """Expect that a contract refuses; returns the arguments of its typed error."""
    with pytest.raises(TransactionReverted) as caught:
        action(*args, **kwargs)
    assert caught.value.error == error
    assert error in str(caught.value)
    return caught.value.arguments


@dataclass(frozen=True, repr=False)
class MockProof(Proof):
    """Eight words that the mock verifier accepts for the inputs that they were made for."""

    words: tuple[int, ...] = ()

    @classmethod
    def of(cls, words: tuple[int, ...]) -> MockProof:
        points = Proof.from_words([1] * 8)  # nobody looks at them
        return cls(points.a, points.b, points.c, words)

    def to_words(self) -> list[int]:
        return list(self.words)


def mock_present(request: LoanRequest, nullifier: int, root: int | None = None) -> Presentation:
    """What a wallet would answer to the request."""
    inputs = (
        request.policy.pack(),
        request.context,
        request.registry_root if root is None else root,
        request.scope,
        nullifier,
    )
    digest = keccak256(b"".join(value.to_bytes(32, "big") for value in inputs))
    proof = MockProof.of((int.from_bytes(digest, "big"), *[1] * 7))
    return Presentation("eligibility", inputs, proof)


class World:
    """Operator, borrower, two lenders and a stranger around one market with one product."""

    def __init__(self, node: LocalNode, deployment: Deployment | None = None) -> None:
        self.node = node
        self.new_senders()
        if deployment is None:
            mock, _ = deploy_contract("MockVerifier", by=self.operator)
            deployment = deploy_around(node, mock, by=self.operator)
        self.deployment = deployment
        system = deployment.open(node)
        self.verifier, self.registry = system.verifier, system.registry
        self.gate, self.market = system.gate, system.market
        self.token = deploy_test_token(node, by=self.operator)
        self.market.set_token_allowed(self.token.address, True, by=self.operator)
        for person in (self.borrower, self.lender, self.second):
            self.token.mint(person.address, 1_000_000 * UNIT, by=self.operator)
            self.token.approve(self.market.address, 10**30, by=person)

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""
        people = [TransactionSender(self.node, who, Outbox(None)) for who in self.node.accounts[:5]]
        self.operator, self.borrower, self.lender, self.second, self.stranger = people

    def offer(self, **changes: Any) -> ProductState:
        """The lender publishes a product."""
        product = Product(
            terms=TERMS, policy=POLICY, min_principal=10_000, max_principal=500_000,
            token=self.token.address, token_unit=UNIT,
        )  # fmt: skip
        return self.market.create_product(replace(product, **changes), by=self.lender)

    def post_root(self, root: int = ROOT) -> None:
        """The registrar makes a root the current one."""
        self.registry.post(root, bytes(32), "https://example.org/tree.json", by=self.operator)

    def requested(self, product_id: int, principal: int = 100_000, nullifier: int = 7) -> LoanState:
        """The borrower's application, accepted."""
        request = self.market.request(product_id, principal, self.borrower.address)
        return self.market.apply(request, mock_present(request, nullifier), by=self.borrower)

    def released(self, product_id: int, principal: int = 100_000, nullifier: int = 7) -> LoanState:
        """A loan that two lenders filled: 40 % and the rest."""
        loan = self.requested(product_id, principal, nullifier)
        part = principal * 2 // 5
        self.market.fund(loan.loan_id, part, by=self.lender)
        self.market.fund(loan.loan_id, principal - part, by=self.second)
        return self.market.loan(loan.loan_id)

    def money(self) -> dict[str, int]:
        """Tokens of everybody and of the market."""
        holders = {
            "borrower": self.borrower.address, "lender": self.lender.address,
            "second": self.second.address, "stranger": self.stranger.address,
            "market": self.market.address,
        }  # fmt: skip
        return {name: self.token.balance_of(address) for name, address in holders.items()}

    def force(
        self, request: LoanRequest, presentation: Any, by: TransactionSender, **changes: Any
    ) -> Any:
        """Send an application as an attacker would: without the client's own checks.

        `changes` replace `product_id`, `principal`, `deadline`, `policy_now`, `root`, `nullifier`.
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
            changes.get("product_id", request.product_id),
            changes.get("principal", request.principal),
            changes.get("purpose", request.purpose_code),
            evidence,
        )
        return by.send(Call(self.market.address, data, 1_000_000))
