"""Loans whose borrowers sealed their reference to arbiters: gate, market, evidence, openings.

The market contract is the same; its gate is an `EscrowGate`. An application takes two
transactions: the seal is placed at the gate, then the proof about it goes to the market.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Self, Unpack

from zkcredit._internal.checks import require_field, require_instance, require_uint
from zkcredit.chain.contracts.application import Evidence
from zkcredit.chain.contracts.events import LoanDefaulted
from zkcredit.chain.contracts.gates import EligibilityGateClient
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.contracts.market_state import LoanStatus
from zkcredit.chain.deploy import Deployment, DeploymentOptions, deploy_system
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, NotInDefault
from zkcredit.escrow import ArbiterGroup, DefaultEvidence, PartialOpening, attribute
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue

if TYPE_CHECKING:
    from zkcredit.chain.contracts.application import ApplicationRequest, Proven
    from zkcredit.chain.contracts.market_state import LoanState
    from zkcredit.chain.nodes.node import Node, Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.keys import VerifyingKey

__all__ = [
    "EscrowGateClient",
    "EscrowMarketClient",
    "LoanSeal",
    "deploy_escrow_market",
]

_WAS_IN_DEFAULT: Final = (LoanStatus.DEFAULTED, LoanStatus.RECOVERED)


@dataclass(frozen=True, slots=True)
class LoanSeal:
    """What was sealed with the application that became a loan.

    Attributes:
        loan_id: the loan.
        context: of the application: the seal's label.
        sealed: the sealed reference, as proved.
    """

    loan_id: int
    context: int
    sealed: EscrowedValue


class EscrowGateClient(EligibilityGateClient):
    """An `EscrowGate` contract."""

    contract = "EscrowGate"

    @cached_property
    def arbiters(self) -> Point:
        """The key that references are sealed to; fixed for the gate's life."""
        return Point(*self._read("arbiters"))

    def placed(self, borrower: str, context: int) -> EscrowedValue | None:
        """The seal that a borrower placed for an application, or None."""
        point, value = self._read(
            "placed", checksum(borrower), require_uint("context", context, 256)
        )
        return EscrowedValue(Point(*point), value) if point[1] else None

    def seal_of(self, market: str, loan_id: int) -> LoanSeal:
        """What was sealed for a loan. TransactionReverted: LoanNotEscrowed."""
        context, (point, value) = self._read(
            "sealOf", checksum(market), require_uint("the loan's number", loan_id, 256)
        )
        return LoanSeal(loan_id, context, EscrowedValue(Point(*point), value))

    def place(
        self,
        context: int,
        sealed: EscrowedValue,
        *,
        by: TransactionSender,
        key: str | None = None,
    ) -> Receipt:
        """Place the seal of the sender's next application; it can never be changed.

        Raises:
            TransactionReverted: SealExists, SealInvalid.
        """
        require_field("the context", context)
        point, value = require_instance("the seal", sealed, EscrowedValue)
        return self._send(by, "place", context, (tuple(point), value), key=key)


class EscrowMarketClient(LoanMarketClient):
    """A `LoanMarket` contract with an `EscrowGate`.

    An application's presentation has the public inputs of `escrow_eligibility`.
    """

    _inputs: ClassVar[int] = 10

    @classmethod
    def of(cls, deployment: Deployment, node: Node) -> Self:
        """The market of a deployment that `deploy_escrow_market` made.

        Raises:
            NodeUnavailable, InvalidInput, ChainError: as `Deployment.open`.
            ChainError: its gate has no arbiters.
        """
        deployment.open(node)
        market = cls(node, deployment.market)
        try:
            babyjub.encode(market.gate.arbiters)
        except (ChainError, InvalidInput):
            raise ChainError("the gate of this deployment seals nothing to arbiters") from None
        return market

    @cached_property
    def gate(self) -> EscrowGateClient:
        """The gate whose proofs release loans; fixed for the market's life."""
        return EscrowGateClient(self.node, self._read("gate"))

    def apply(
        self,
        request: ApplicationRequest,
        presentation: Proven,
        *,
        by: TransactionSender,
        key: str | None = None,
    ) -> LoanState:
        """Place the seal and apply for the loan; returns the open application.

        Raises:
            InvalidInput: the presentation answers another request or is sealed to another key,
                another account sends it, or another seal was placed for this application.
            TransactionReverted: the market, the gate or the verifier refused.
        """
        self._evidence(request, presentation)
        sealed = _seal_in(presentation)
        placed = self.gate.placed(request.borrower, request.context)
        if placed not in (None, sealed):
            raise InvalidInput("another seal was placed for this application; take a new request")
        if placed is None and by.address == request.borrower:
            step = None if key is None else f"{key}/seal"
            self.gate.place(request.context, sealed, by=by, key=step)
        return super().apply(request, presentation, by=by, key=key)

    def seal_of(self, loan_id: int) -> LoanSeal:
        """What the borrower sealed for a loan. TransactionReverted: LoanNotEscrowed."""
        return self.gate.seal_of(self.address, loan_id)

    def default_evidence(self, loan_id: int, *, since: int = 0) -> DefaultEvidence:
        """What an arbiter wants to see: this loan's seal, and that the loan is in default now.

        Args:
            loan_id: the loan.
            since: block from which to look for the default event.

        Raises:
            NotInDefault: it is not in default.
            InvalidInput: there is no such loan.
            TransactionReverted: LoanNotEscrowed.
            ChainError: the node knows of a default but not of the event that declared it.
        """
        status = self.loan(loan_id).status
        if status is not LoanStatus.DEFAULTED:
            raise NotInDefault(
                f"loan {loan_id} of {self.address} is {status.name.lower()}, not in default: "
                "nothing is opened"
            )
        seal = self.seal_of(loan_id)
        declared = [
            event.block
            for event in self.events(since=since)
            if isinstance(event, LoanDefaulted) and event.loan_id == loan_id
        ]
        if not declared:
            raise ChainError(f"the node shows no default event of loan {loan_id}")
        return DefaultEvidence(
            network=self.node.network,
            market=self.address,
            loan_id=loan_id,
            block=declared[0],
            in_default=True,
            context=seal.context,
            escrowed=seal.sealed,
            arbiters=self.gate.arbiters,
        )

    def misconduct(self, loan_id: int, group: ArbiterGroup, opening: PartialOpening) -> str:
        """The name of the arbiter who opened a loan's seal although it never was in default.

        Raises:
            InvalidInput: the loan is or was in default, or the opening is of another seal: nothing
                is proved.
            WrongOpening: the opening does not hold: nothing is proved.
            TransactionReverted: LoanNotEscrowed.
        """
        seal, status = self.seal_of(loan_id), self.loan(loan_id).status
        if (opening.context, opening.point) != (seal.context, seal.sealed.point):
            raise InvalidInput(f"the partial opening is not of the seal of loan {loan_id}")
        if status in _WAS_IN_DEFAULT:
            raise InvalidInput(f"loan {loan_id} was in default: opening it broke no rule")
        return attribute(group, opening)

    def _evidence(self, request: ApplicationRequest, presentation: Proven) -> Evidence:
        inputs = tuple(presentation.public_inputs)
        if len(inputs) != self._inputs:
            raise InvalidInput(
                f"a proof with a seal has {self._inputs} public inputs, not {len(inputs)}"
            )
        policy, context, root, scope, nullifier, *point = inputs[:7]
        for name, wanted, given in (
            ("policy", request.policy.pack(), policy),
            ("context", request.context, context),
            ("scope", request.scope, scope),
            ("arbiters' key", self.gate.arbiters, tuple(point)),
        ):
            if wanted != given:
                raise InvalidInput(f"the presentation's {name} is not the application's")
        return Evidence(
            proof=tuple(presentation.proof.to_words()),
            registry_root=root,
            nullifier=nullifier,
            policy_now=request.policy.now,
            deadline=request.deadline,
        )


def deploy_escrow_market(
    node: Node,
    key: VerifyingKey,
    arbiters: Point,
    *,
    by: TransactionSender,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Deploy verifier, registry, escrow gate and market; `EscrowMarketClient.of` opens it.

    Args:
        node: the chain.
        key: verification key of the `escrow_eligibility` statement.
        arbiters: the arbiters' key (`ArbiterGroup.key`).
        by: who pays.
        options: as of `deploy_system`.

    Raises:
        UnsafeKey: see `deploy_verifier`.
        TransactionReverted: VerifierUnsuitable, ArbitersInvalid.
    """
    gate = ("EscrowGate", tuple(require_instance("the arbiters' key", arbiters, Point)))
    return deploy_system(node, key, by=by, gate=gate, **options)


def _seal_in(presentation: Proven) -> EscrowedValue:
    *point, value = tuple(presentation.public_inputs)[7:]
    return EscrowedValue(Point(*point), value)
