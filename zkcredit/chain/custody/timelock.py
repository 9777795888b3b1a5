"""The client of a timelock: what governs a market waits, and its guardian can stop at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import account_address, checksum_address
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["AnnouncedCall", "CallState", "TimelockClient", "deploy_timelock"]

_ANYBODY: Final = "0x" + 40 * "0"
_FLOOR: Final = 86_400
_PER_ROLE: Final = 30_000
_ROLES: Final = ("proposer", "canceller", "executor")
# gas, beside that of the calldata and of what is called
_ANNOUNCE: Final = 120_000
_CANCEL: Final = 80_000
_CALL: Final = 300_000


class CallState(IntEnum):
    """Where a call stands at a timelock."""

    UNKNOWN = 0
    WAITING = 1
    READY = 2
    DONE = 3


@dataclass(frozen=True, slots=True)
class AnnouncedCall:
    """A call that a timelock announces, and later carries out.

    Attributes:
        target: the contract that is called, an EIP-55 address.
        data: the calldata.
        value: wei that the timelock sends with it.
        salt: tells equal calls apart, below 2^256.
    """

    target: str
    data: bytes
    value: int = 0
    salt: int = 0

    def __post_init__(self) -> None:
        if checksum_address("the target", self.target) != self.target:
            raise InvalidInput("the target must be in the spelling of EIP-55")
        require_instance("the data", self.data, bytes)
        require_uint("the value", self.value, 128)
        require_uint("the salt", self.salt, 256)

    def words(self) -> tuple[str, int, bytes, bytes, bytes]:
        """Return it in the contract's order: no call has to come before it."""
        return self.target, self.value, self.data, bytes(32), self.salt.to_bytes(32)


class TimelockClient(ContractClient):
    """A ``FloorTimelock`` at an address."""

    contract = "FloorTimelock"

    def delay(self) -> int:
        """Return how long what is announced waits, seconds."""
        return int(self._read("getMinDelay"))

    def holders(self) -> dict[str, tuple[str, ...]]:
        """Return who holds each role, from the events since ``since``.

        The roles are "proposer", "canceller" and "executor". Address 0 as executor means everybody.
        """
        names = {bytes(self._read(f"{name.upper()}_ROLE")): name for name in _ROLES}
        found: dict[str, dict[str, None]] = {name: {} for name in _ROLES}
        given, taken = self.abi.topic("RoleGranted"), self.abi.topic("RoleRevoked")
        for log in self.node.logs(self.address, since=self.since):
            if log.topics[0] not in (given, taken) or log.topics[1] not in names:
                continue
            who = checksum_address("the holder", "0x" + log.topics[2][-20:].hex())
            role = found[names[log.topics[1]]]
            role.pop(who, None)
            if log.topics[0] == given:
                role[who] = None
        return {name: tuple(role) for name, role in found.items()}

    def holds(self, role: str, account: str) -> bool:
        """Return whether an account has a role: "proposer", "canceller" or "executor"."""
        if role not in _ROLES:
            raise InvalidInput(f"the role must be one of {', '.join(_ROLES)}")
        number = self._read(f"{role.upper()}_ROLE")
        return bool(self._read("hasRole", number, checksum_address("the account", account)))

    def state(self, call: AnnouncedCall) -> CallState:
        """Return where an announcement stands."""
        return CallState(int(self._read("getOperationState", self.id_of(call))))

    def ready_at(self, call: AnnouncedCall) -> int | None:
        """Return from when an announced call can be carried out, Unix seconds; None otherwise."""
        if self.state(call) not in (CallState.WAITING, CallState.READY):
            return None
        return int(self._read("getTimestamp", self.id_of(call)))

    def id_of(self, call: AnnouncedCall) -> bytes:
        """Return the 32 bytes by which the timelock knows a call."""
        require_instance("the call", call, AnnouncedCall)
        return bytes(self._read("hashOperation", *call.words()))

    def announce(
        self, call: AnnouncedCall, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Announce a call; it waits for the timelock's delay. Proposers only.

        Raises:
            TransactionReverted: if the sender is not a proposer, or the call is announced already.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        require_instance("the call", call, AnnouncedCall)
        return self._send(
            by,
            "schedule",
            *call.words(),
            self.delay(),
            idempotency_key=idempotency_key,
            gas_limit=_ANNOUNCE + 16 * len(call.data),
        )

    def execute(
        self,
        call: AnnouncedCall,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
        gas: int = _CALL,
    ) -> Receipt:
        """Carry out a call that has waited; executors only, and by default that is everybody.

        Args:
            call: what was announced.
            by: who pays for gas.
            idempotency_key: the name of the intention.
            gas: what the called contract needs.

        Raises:
            TransactionReverted: if it was not announced, still waits, was carried out or cancelled,
                or the called contract refuses it.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        require_instance("the call", call, AnnouncedCall)
        return self._send(
            by,
            "execute",
            *call.words(),
            idempotency_key=idempotency_key,
            gas_limit=_ANNOUNCE + require_uint("gas", gas, 32) + 16 * len(call.data),
        )

    def cancel(
        self, call: AnnouncedCall, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Take an announcement back. Its guardian may, and its proposers.

        Raises:
            TransactionReverted: if the sender may not, or the call does not wait.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        return self._send(
            by,
            "cancel",
            self.id_of(call),
            idempotency_key=idempotency_key,
            gas_limit=_CANCEL,
        )

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
    address, receipt = deploy_contract(
        "FloorTimelock",
        delay,
        announce,
        carry_out,
        warden,
        by=by,
        idempotency_key=idempotency_key,
        work=_PER_ROLE * (2 * len(announce) + len(carry_out) + 3),
    )
    return TimelockClient(by.node, address, since=receipt.block)
