"""The blocks of a chain: what was sent, what happened, and the state after each block."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.revm.blocks import Block, Mined, make_block, state_root_after
from zkcredit.chain.nodes.revm.machine import Machine, Message, Moment, Refusal
from zkcredit.chain.nodes.revm.state import Account, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.chain.nodes.revm.machine import Outcome
    from zkcredit.chain.nodes.revm.raw import Sent

__all__ = ["GAS_LIMIT", "Chain"]

GAS_LIMIT: Final = 30_000_000
"""Gas limit of a block, and so of a transaction or a call."""

_MOST_INITCODE: Final = 2 * 24_576  # EIP-3860
_PAST_MACHINES: Final = 4  # old states that are kept ready for calls


class Chain:
    """A chain in memory, with one block for each transaction.

    Args:
        chain_id: EIP-155 chain id.
        genesis_time: timestamp of block 0, Unix seconds.
        balances: wei of each account at genesis.

    Attributes:
        blocks: all blocks, from genesis on.
        state: the state after the last block.
    """

    def __init__(self, chain_id: int, genesis_time: int, balances: Mapping[str, int]) -> None:
        self.chain_id = chain_id
        self.state = State({address.lower(): Account(0, wei) for address, wei in balances.items()})
        self._machine = Machine(chain_id, GAS_LIMIT, self.state)
        self._past: OrderedDict[bytes, Machine] = OrderedDict()
        root = keccak256(
            chain_id.to_bytes(32, "big")
            + b"".join(
                bytes.fromhex(address[2:]) + account.balance.to_bytes(32, "big")
                for address, account in sorted(self.state.accounts.items())
            )
        )
        genesis = make_block(Moment(0, genesis_time, bytes(32)), bytes(32), root, GAS_LIMIT)
        self.blocks = [genesis]
        self._places: dict[bytes, int] = {}  # number of the block, by hash of the transaction
        self._snapshots: dict[int, int] = {}
        self._next_snapshot = 1

    @property
    def head(self) -> Block:
        """The last block."""
        return self.blocks[-1]

    def send(self, sent: Sent) -> Block:
        """Mine a transaction.

        Raises:
            Refusal: if it belongs to another chain, cannot be paid, is out of order, needs more gas
                than it has or than a block has, or its sender is a contract.
        """
        self._require_valid(sent)
        moment = self._next_moment(self.head.moment.timestamp + 1)
        message = Message(
            sent.sender, sent.to, sent.data, sent.gas, sent.value, sent.tip, sent.access
        )
        outcome = self._machine.run(message, moment, paid=True)
        self.state.apply(outcome.change)
        self._machine.keep(outcome.change)
        block = self._append(moment, Mined(sent, outcome, sent.tip))
        self._places[sent.digest] = moment.number
        return block

    def mine(self, timestamp: int) -> Block:
        """Mine an empty block."""
        return self._append(self._next_moment(timestamp), None)

    def call(self, message: Message, block: Block) -> Outcome:
        """Run a message after a block, and forget what it changed.

        Raises:
            Refusal: if its sender is a contract or does not have the value, or the gas is too
                little for the message itself.
        """
        return self._machine_after(block).run(message, block.moment, paid=False)

    def state_after(self, block: Block) -> State:
        """Return the state after a block; the caller must not change it."""
        if block is self.head:
            return self.state
        state = self.state.copy()
        for later in reversed(self.blocks[block.moment.number + 1 :]):
            state.apply(later.change.undone())
        return state

    def block_with(self, digest: bytes) -> Block | None:
        """Return the block with a hash."""
        return next((block for block in reversed(self.blocks) if block.digest == digest), None)

    def mined(self, digest: bytes) -> tuple[Block, Mined] | None:
        """Return a transaction and its block, by the transaction's hash."""
        number = self._places.get(digest)
        block = None if number is None else self.blocks[number]
        return None if block is None or block.mined is None else (block, block.mined)

    def snapshot(self) -> int:
        """Remember the head, and return the number of the snapshot."""
        number = self._next_snapshot
        self._next_snapshot += 1
        self._snapshots[number] = self.head.moment.number
        return number

    def restore(self, snapshot: int) -> bool:
        """Go back to a snapshot, and delete it and all later ones; False if there is none."""
        if snapshot not in self._snapshots:
            return False
        target = self._snapshots[snapshot]
        self._snapshots = {one: at for one, at in self._snapshots.items() if one < snapshot}
        while self.head.moment.number > target:
            gone = self.blocks.pop()
            change = gone.change.undone()
            self.state.apply(change)
            self._machine.keep(change)
            if gone.mined:
                del self._places[gone.mined.sent.digest]
        return True

    def logs(self, since: int, until: int) -> list[dict[str, Any]]:
        """Return JSON-RPC's forms of all events of the blocks since..until."""
        return [log for block in self.blocks[since : until + 1] for log in block.logs]

    def words(self) -> set[bytes]:
        """Return every word that was in storage at the end of a block, 32 bytes each."""
        return {
            value.to_bytes(32, "big")
            for block in self.blocks
            for _, value in block.change.slots.values()
            if value
        }

    def _require_valid(self, sent: Sent) -> None:
        sender = self.state.account(sent.sender)
        if sent.chain_id not in {None, self.chain_id}:
            raise Refusal("transaction of another chain")
        if sent.nonce != sender.nonce:
            low = "low" if sent.nonce < sender.nonce else "high"
            raise Refusal(f"nonce too {low}: address has {sender.nonce}, transaction {sent.nonce}")
        if sent.tip > sent.most:
            raise Refusal("max priority fee per gas higher than max fee per gas")
        if sent.gas > GAS_LIMIT:
            raise Refusal("exceeds block gas limit")
        if sender.balance < sent.gas * sent.most + sent.value:
            raise Refusal("insufficient funds for gas * price + value")
        if sent.to is None and len(sent.data) > _MOST_INITCODE:
            raise Refusal("max initcode size exceeded")

    def _next_moment(self, timestamp: int) -> Moment:
        number = self.head.moment.number + 1
        return Moment(number, timestamp, keccak256(number.to_bytes(32, "big")))

    def _append(self, moment: Moment, mined: Mined | None) -> Block:
        root = self.head.state_root
        if mined:
            root = state_root_after(root, mined.outcome.change)
        made = make_block(moment, self.head.digest, root, GAS_LIMIT, mined)
        self.blocks.append(made)
        return made

    def _machine_after(self, block: Block) -> Machine:
        if block.state_root == self.head.state_root:
            return self._machine
        if block.state_root not in self._past:
            self._past[block.state_root] = Machine(
                self.chain_id, GAS_LIMIT, self.state_after(block)
            )
        self._past.move_to_end(block.state_root)
        while len(self._past) > _PAST_MACHINES:
            self._past.popitem(last=False)
        return self._past[block.state_root]
