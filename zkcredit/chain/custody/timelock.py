"""The client of a timelock: what governs a market waits, and its guardian can stop at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import account_address, checksum_address
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["TimelockClient", "deploy_timelock"]

_ANYBODY: Final = "0x" + 40 * "0"
_FLOOR: Final = 86_400
_PER_ROLE: Final = 30_000


class TimelockClient(ContractClient):
    """A ``FloorTimelock`` at an address."""

    contract = "FloorTimelock"

    def delay(self) -> int:
        """Return how long what is announced waits, seconds."""
        return int(self._read("getMinDelay"))

    def pause_new_loans(
        self, market: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Stop applications and fundings of a market at once. Loans that run are left alone.

        Args:
            market: address of a market whose operator is this timelock.
            by: who may cancel at the timelock: its guardian, or one of its proposers.
            idempotency_key: the name of the intention.

        Raises:
            InvalidInput: if the market is not an address.
            TransactionReverted: if the account may not cancel, or the timelock is not an operator
                of the market.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        return self._send(
            by,
            "pauseNewLoans",
            checksum_address("the market", market),
            idempotency_key=idempotency_key,
        )


def deploy_timelock(
    delay: int,
    proposers: Sequence[str],
    *,
    by: TransactionSender,
    guardian: str | None = None,
    executors: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> TimelockClient:
    """Deploy a timelock. Nobody is its admin: only what it announced changes it.

    Args:
        delay: how long what is announced waits, seconds; a day at least.
        proposers: addresses of who announces and cancels, such as a treasury; one at least.
        by: who pays the gas; this account has no rights at the timelock.
        guardian: address of who cancels and pauses, and announces nothing; by default nobody.
        executors: addresses of who carries out what has waited; by default everybody may.
        idempotency_key: the name of the intention.

    Raises:
        InvalidInput: if the delay is below a day, nobody may propose, or an account is not an
            address, or is the address 0.
        ChainError: if the deployment fails.
    """
    if require_uint("the delay", delay, 40) < _FLOOR:
        raise InvalidInput(f"the delay of {delay} s is below a day, which is {_FLOOR} s")
    announce = [account_address("a proposer", one) for one in proposers]
    if not announce:
        raise InvalidInput("a timelock needs a proposer: without one it never does anything")
    carry_out = [account_address("an executor", one) for one in executors] or [_ANYBODY]
    warden = _ANYBODY if guardian is None else account_address("the guardian", guardian)
    address, _ = deploy_contract(
        "FloorTimelock",
        delay,
        announce,
        carry_out,
        warden,
        by=by,
        idempotency_key=idempotency_key,
        work=_PER_ROLE * (2 * len(announce) + len(carry_out) + 3),
    )
    return TimelockClient(by.node, address)
