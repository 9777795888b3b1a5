"""A loan market whose gate asks for proofs about a credit ledger's encrypted totals.

The market contract is the same; its gate is a `LedgerGate`. The account's number takes the place
of the nullifier, and there is no registry root.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from zkcredit.chain.contracts.application import Evidence
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.gates import GateClient
from zkcredit.chain.contracts.ledger import CreditLedgerClient, account_number
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.babyjub import Point

if TYPE_CHECKING:
    from zkcredit.chain.contracts.application import ApplicationRequest, Proven
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["LedgerGateClient", "LedgerMarketClient", "deploy_ledger_market"]


class LedgerGateClient(GateClient):
    """A `LedgerGate` contract."""

    contract = "LedgerGate"

    def ledger(self) -> str:
        """Address of the ledger that keys and ciphertexts are read from."""
        return str(self._read("ledger"))


class LedgerMarketClient(LoanMarketClient):
    """A `LoanMarket` contract with a `LedgerGate`.

    An application's presentation has the public inputs of `ledger_eligibility`. Before it, the
    account has to be settled (`CreditLedgerClient.settle`), once after each epoch with entries.
    """

    _inputs: ClassVar[int] = 8

    @cached_property
    def gate(self) -> LedgerGateClient:
        """The gate whose proofs release loans; fixed for the market's life."""
        return LedgerGateClient(self.node, self._read("gate"))

    @cached_property
    def ledger(self) -> CreditLedgerClient:
        """The ledger of the gate."""
        return CreditLedgerClient(self.node, self.gate.ledger())

    def _current_root(self) -> int:
        return 0

    def _evidence(self, request: ApplicationRequest, presentation: Proven) -> Evidence:
        inputs = tuple(presentation.public_inputs)
        if len(inputs) != self._inputs:
            raise InvalidInput(
                f"a proof about a ledger has {self._inputs} public inputs, not {len(inputs)}"
            )
        policy, context, *coordinates = inputs
        for name, wanted, given in (
            ("policy", request.policy.pack(), policy),
            ("context", request.context, context),
        ):
            if wanted != given:
                raise InvalidInput(f"the presentation's {name} is not the application's")
        key = Point(*coordinates[:2])
        c1, c2 = self.ledger.in_effect(key)
        if (*c1, *c2) != tuple(coordinates[2:]):
            raise InvalidInput("the presentation is not about the total that the ledger has")
        return Evidence(
            proof=tuple(presentation.proof.to_words()),
            registry_root=request.registry_root,
            nullifier=account_number(key),
            policy_now=request.policy.now,
            deadline=request.deadline,
        )


def deploy_ledger_market(
    ledger: CreditLedgerClient,
    verifier: str,
    *,
    by: TransactionSender,
    admin: str | None = None,
    operator: str | None = None,
    max_clock_age: int = 900,
    intention: str | None = None,
) -> LedgerMarketClient:
    """Deploy gate and market on a ledger.

    Args:
        ledger: whose totals the proofs are about.
        verifier: a verifier of the `ledger_eligibility` statement (`deploy_verifier`).
        by: who pays; also admin and operator where these are not given.
        admin: grants roles; a multisig in production.
        operator: allows tokens and can stop new business.
        max_clock_age: seconds by which a proof's "now" may lie behind the block's time.
        intention: prefix of the outbox keys, as in `deploy_system`.

    Raises:
        TransactionReverted: VerifierUnsuitable.
    """

    def step(name: str) -> str | None:
        return None if intention is None else f"{intention}/{name}"

    gate, _ = deploy_contract(
        "LedgerGate", checksum(verifier), ledger.address, max_clock_age, by=by, key=step("gate")
    )
    market, _ = deploy_contract(
        "LoanMarket",
        gate,
        checksum(admin or by.address),
        checksum(operator or by.address),
        by=by,
        key=step("market"),
    )
    return LedgerMarketClient(ledger.node, market)
