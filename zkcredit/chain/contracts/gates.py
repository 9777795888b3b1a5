"""The gates: what a proof must say, and whether it would be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from zkcredit.chain.contracts.application import ApplicationRequest, Evidence

__all__ = ["EligibilityGateClient", "GateClient"]


class GateClient(ContractClient):
    """What every gate offers. Its state changes only through the markets that use it."""

    contract = "IApplicationGate"

    def verifier(self) -> str:
        """Address of the verifier of the gate's statement."""
        return str(self._read("verifier"))

    def max_clock_age(self) -> int:
        """Seconds by which a proof's "now" may lie behind the block's time."""
        return int(self._read("maxClockAge"))

    def application_nonce(self, market: str, borrower: str) -> int:
        """Number that the borrower's next application to `market` has."""
        return int(self._read("applicationNonce", checksum(market), checksum(borrower)))

    def scope_of(self, market: str) -> int:
        """The market's scope, as the contract computes it; see `market_scope`."""
        return int(self._read("scopeOf", checksum(market)))

    def context_of(
        self,
        *,
        borrower: str,
        product_id: int,
        principal: int,
        terms_hash: bytes,
        nonce: int,
        deadline: int,
    ) -> int:
        """An application's context, as the contract computes it; see `proof_context`."""
        return int(
            self._read(
                "contextOf",
                checksum(borrower),
                require_uint("product_id", product_id, 256),
                require_uint("principal", principal, 256),
                terms_hash,
                require_uint("nonce", nonce, 256),
                require_uint("deadline", deadline, 256),
            )
        )

    def check(self, market: str, request: ApplicationRequest, evidence: Evidence) -> None:
        """Ask whether `market` could use this evidence now, without using it.

        Raises:
            TransactionReverted: with the reason (RootNotFresh, ClockNotFresh, DeadlinePassed,
                ProofInvalid, …).
        """
        values = {
            **request.product.values(),
            "borrower": request.borrower,
            "product_id": request.product_id,
            "principal": request.principal,
            "instalment": request.policy.instalment,
            "terms_hash": request.terms_hash,
        }
        application = self.abi.struct("check", "application", values)
        self._read("check", checksum(market), application, evidence.as_tuple())


class EligibilityGateClient(GateClient):
    """A gate for proofs about a credential of an accepted issuer."""

    contract = "EligibilityGate"

    def registry(self) -> str:
        """Address of the registry whose roots are accepted."""
        return str(self._read("registry"))

    def max_root_age(self) -> int:
        """Seconds for which a replaced registry root is still accepted."""
        return int(self._read("maxRootAge"))
