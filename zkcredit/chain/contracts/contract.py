"""The base of all contract clients: address, ABI, reading, sending, events, and admins.

The admin of a contract changes in two steps, more than a day apart, by OpenZeppelin's
``AccessControlDefaultAdminRules``: the admin begins, and the new one accepts. So an admin that is
mistyped never takes over, and a thief of the admin's key can be seen and stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from zkcredit._internal.evm import account_address
from zkcredit.chain.contracts.abi import ContractAbi, abi_of
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.chain.contracts.events import DefaultAdminTransferScheduled, Event, typed_event
from zkcredit.chain.creation import creation_gas
from zkcredit.chain.nodes.batches import call_all
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Log, Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

    E = TypeVar("E", bound=Event)

__all__ = ["AdminTransfer", "AdministeredClient", "ContractClient", "deploy_contract"]

# Most gas that each step may use.
_GAS: Final = {
    "beginDefaultAdminTransfer": 90_000,
    "acceptDefaultAdminTransfer": 130_000,
    "cancelDefaultAdminTransfer": 60_000,
}


@dataclass(frozen=True, slots=True)
class AdminTransfer:
    """A transfer of the admin role that was begun and not accepted yet.

    Attributes:
        account: who may accept, an EIP-55 address.
        after: it can be accepted when the chain's time is later than this, Unix seconds.
    """

    account: str
    after: int


class ContractClient:
    """A contract at an address, read through one node.

    Args:
        node: the node to read from.
        address: the contract.
        since: the first block whose events are read, for example that of its creation.

    Raises:
        InvalidInput: if the address is malformed or has no contract.
    """

    contract: ClassVar[str]

    def __init__(self, node: Node, address: str, *, since: int = 0) -> None:
        self.node = node
        self.address = checksum(address)
        self.since = since
        if not node.code(self.address):
            raise InvalidInput(f"there is no contract at {self.address} on chain {node.chain_id}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address} on {self.node!r}>"

    @property
    def abi(self) -> ContractAbi:
        """The contract's ABI."""
        return abi_of(self.contract)

    def events(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        topics: Sequence[bytes | None] = (),
    ) -> list[Event]:
        """Return the contract's events, typed, in order.

        Args:
            since: first block; the client's own ``since`` by default.
            until: last block; the latest by default.
            topics: filter of the events, as in ``Node.logs``.
        """
        start = self.since if since is None else since
        logs = self.node.logs(self.address, since=start, until=until, topics=topics)
        return self._typed(logs)

    def events_of(self, receipt: Receipt) -> list[Event]:
        """Return the events of this contract in one transaction, typed, in order."""
        return self._typed([log for log in receipt.logs if log.address == self.address])

    def _typed(self, logs: Sequence[Log]) -> list[Event]:
        return [event for log in logs if (event := typed_event(self.abi, log)) is not None]

    def _one(self, receipt: Receipt, kind: type[E]) -> E:
        self.node.has_seen(receipt)
        for event in self.events_of(receipt):
            if isinstance(event, kind):
                return event
        raise ChainError(
            f"the receipt of transaction {receipt.transaction} has no {kind.__name__} of "
            f"{self.address}: this is another contract, or the node is not honest"
        )

    def _read(self, function: str, *arguments: Any, block: int | None = None) -> Any:
        output = self.node.call(self.address, self.abi.encode(function, *arguments), block=block)
        values = self.abi.decode(function, output)
        return values[0] if len(values) == 1 else values

    def _read_all(self, function: str, numbers: Sequence[Any]) -> list[Any]:
        """Read one function for several arguments, in few requests."""
        calls = [self.abi.encode(function, number) for number in numbers]
        outputs = call_all(self.node, self.address, calls)
        several = [self.abi.decode(function, output) for output in outputs]
        return [values[0] if len(values) == 1 else values for values in several]

    def _send(
        self,
        by: TransactionSender,
        function: str,
        *arguments: Any,
        idempotency_key: str | None,
        gas_limit: int | None = None,
    ) -> Receipt:
        if by.node.network != self.node.network:
            raise NodeUnavailable("the sender and the contract are on different chains")
        limit = gas.limit_for(f"{self.contract}.{function}") if gas_limit is None else gas_limit
        data = self.abi.encode(function, *arguments)
        receipt = by.send(Call(self.address, data, limit), idempotency_key=idempotency_key)
        self.node.has_seen(receipt)
        return receipt


class AdministeredClient(ContractClient):
    """A contract with an admin, who grants roles to others and is replaced in two steps."""

    def admin(self) -> str | None:
        """Return the admin's address; None if the role was given up for good."""
        found = str(self._read("defaultAdmin"))
        return found if int(found, 16) else None

    def admin_delay(self) -> int:
        """Return how long a transfer of the admin role that begins now must wait, seconds."""
        return int(self._read("defaultAdminDelay"))

    def pending_admin(self) -> AdminTransfer | None:
        """Return the transfer of the admin role that waits to be accepted, or None."""
        account, after = self._read("pendingDefaultAdmin")
        # a schedule of 0 stands for no transfer; that to address 0 gives the role up
        return AdminTransfer(account, int(after)) if after else None

    def begin_admin_transfer(
        self, account: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> AdminTransfer:
        """Name the account that may become admin after ``admin_delay``. Admin only.

        The admin stays admin until that account accepts. A transfer that waits is replaced.

        Args:
            account: the new admin.
            by: the admin.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if the address is malformed or 0, which would leave nobody in charge.
            TransactionReverted: if the sender is not the admin.
        """
        named = account_address("the new admin", account)
        receipt = self._step(by, "beginDefaultAdminTransfer", named, key=idempotency_key)
        event = self._one(receipt, DefaultAdminTransferScheduled)
        return AdminTransfer(event.new_admin, event.accept_schedule)

    def accept_admin_transfer(
        self, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Become the admin. Only the account that ``begin_admin_transfer`` named.

        Raises:
            TransactionReverted: if the contract answers with AccessControlInvalidDefaultAdmin,
                because another account or none was named, or with
                AccessControlEnforcedDefaultAdminDelay, because it is too early.
        """
        return self._step(by, "acceptDefaultAdminTransfer", key=idempotency_key)

    def cancel_admin_transfer(
        self, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Take back what ``begin_admin_transfer`` began, as long as nobody accepted. Admin only.

        Raises:
            InvalidInput: if no transfer waits.
            TransactionReverted: if the sender is not the admin.
        """
        begun = idempotency_key is not None and by.knows(idempotency_key)
        if not begun and self.pending_admin() is None:
            raise InvalidInput("no transfer of the admin role waits; nothing was sent")
        return self._step(by, "cancelDefaultAdminTransfer", key=idempotency_key)

    def _step(
        self, by: TransactionSender, function: str, *arguments: Any, key: str | None
    ) -> Receipt:
        limit = _GAS[function]
        return self._send(by, function, *arguments, idempotency_key=key, gas_limit=limit)


def deploy_contract(
    name: str,
    *arguments: Any,
    by: TransactionSender,
    idempotency_key: str | None = None,
    work: int = 0,
) -> tuple[str, Receipt]:
    """Create a contract, and return its address and the receipt.

    Args:
        name: the contract.
        arguments: those of its constructor.
        by: the account that pays.
        idempotency_key: the transaction's own key.
        work: gas that the constructor uses beyond what all of them do.

    Raises:
        InvalidInput: if the contract is unknown, or the arguments do not fit its constructor.
        TransactionReverted: if the constructor refused.
    """
    data = abi_of(name).encode_deployment(*arguments)
    limit = creation_gas(len(data), len(artifact(name).runtime), work)
    receipt = by.send(Call(None, data, limit), idempotency_key=idempotency_key)
    if receipt.contract is None:
        raise InvalidInput(f"the receipt of {name}'s creation does not name a contract")
    return receipt.contract, receipt
