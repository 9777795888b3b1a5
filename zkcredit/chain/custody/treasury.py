"""The client of a treasury: a fund that m of n signers move together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.custody.proposal import Execution, Proposal, Release
from zkcredit.chain.custody.treasury_events import Executed, NonceCancelled, Released
from zkcredit.chain.custody.typed import PER_SIGNER, packed_signatures, signers_of_group
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["TreasuryClient", "deploy_treasury"]

_ALL: Final = (1 << 64) - 1
_MESSAGE: Final = 110_000  # checks, the number's bit, a token's transfer
_PER_SIGNATURE: Final = 20_000
_CALL: Final = 300_000


class TreasuryClient(ContractClient):
    """A treasury at an address."""

    contract = "Treasury"

    def signers(self) -> tuple[bytes, ...]:
        """Return the signers: an account's 20 bytes each, or a verifier with a key behind it."""
        return tuple(self._read("getSigners", 0, _ALL))

    def threshold(self) -> int:
        """Return how many of them must sign."""
        return int(self._read("threshold"))

    def is_used(self, nonce: int) -> bool:
        """Return whether a number was used or cancelled."""
        return bool(self._read("isUsed", nonce))

    def done(self) -> list[Released | Executed | NonceCancelled]:
        """Return what the treasury paid, called and cancelled, in order."""
        kinds = (Released, Executed, NonceCancelled)
        return [event for event in self.events() if isinstance(event, kinds)]

    def require_enough(self, proposal: Proposal) -> None:
        """Refuse a proposal that the treasury would refuse, and say why.

        Raises:
            InvalidInput: if it is for another chain or treasury, expired, its number was used, or
                too few of the present signers signed it.
        """
        if (proposal.chain_id, proposal.treasury) != (self.node.chain_id, self.address):
            raise InvalidInput(
                f"the proposal is for the treasury {proposal.treasury} on chain "
                f"{proposal.chain_id}, not for {self.address} on chain {self.node.chain_id}"
            )
        proposal.require_valid(self.node.now())
        if self.is_used(proposal.nonce):
            raise InvalidInput(f"the number {proposal.nonce} was used or cancelled before")
        known = set(self.signers())
        strangers = [signer for signer, _ in proposal.signatures if signer not in known]
        if strangers:
            raise InvalidInput(
                f"0x{strangers[0].hex()} is not a signer of the treasury, or not any more"
            )
        needed = self.threshold()
        if len(proposal.signatures) < needed:
            raise InvalidInput(
                f"{len(proposal.signatures)} of {needed} signatures: pass the file on to another "
                "signer"
            )

    def submit(
        self,
        proposal: Proposal,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
        gas: int = _CALL,
    ) -> Receipt:
        """Carry a signed proposal to the treasury. Anybody may.

        Args:
            proposal: the proposal with its signatures.
            by: who pays the gas.
            idempotency_key: the name of the intention.
            gas: for a call, what the called contract needs.

        Raises:
            InvalidInput: if ``require_enough`` refuses it.
            TransactionReverted: if the treasury refuses it, or what it pays or calls does.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        if idempotency_key is None or not by.knows(idempotency_key):
            self.require_enough(proposal)
        signatures = packed_signatures(proposal.signatures)
        limit = _MESSAGE + _PER_SIGNATURE * len(proposal.signatures) + 16 * len(signatures)
        action, nonce, deadline = proposal.action, proposal.nonce, proposal.deadline
        if isinstance(action, Release):
            return self._send(
                by, "release", action.token, action.to, action.amount, nonce, deadline, signatures,
                idempotency_key=idempotency_key, gas_limit=limit,
            )  # fmt: skip
        if isinstance(action, Execution):
            return self._send(
                by, "execute", action.target, action.value, action.data, nonce, deadline,
                signatures, idempotency_key=idempotency_key,
                gas_limit=limit + gas + 16 * len(action.data),
            )  # fmt: skip
        return self._send(
            by, "cancel", nonce, signatures, idempotency_key=idempotency_key, gas_limit=limit
        )


def deploy_treasury(
    signers: Sequence[str],
    threshold: int,
    *,
    by: TransactionSender,
    idempotency_key: str | None = None,
) -> TreasuryClient:
    """Deploy a treasury whose signers are accounts.

    Args:
        signers: their addresses.
        threshold: how many of them must sign, two at least.
        by: who pays the gas; this account has no rights at the treasury.
        idempotency_key: the name of the intention.

    Raises:
        InvalidInput: if the threshold is below two or above the number of signers, or a signer is
            not an address or is named twice.
        ChainError: if the deployment fails.
    """
    raw = signers_of_group(signers, threshold)
    work = PER_SIGNER * len(raw)
    address, _ = deploy_contract(
        "Treasury", raw, threshold, by=by, idempotency_key=idempotency_key, work=work
    )
    return TreasuryClient(by.node, address)
