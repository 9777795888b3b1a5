"""A fast Ethereum chain inside this process: revm, as Cancun."""

from __future__ import annotations

from threading import RLock

from zkcredit._internal.extras import extra
from zkcredit.chain.nodes.embedded import EMBEDDED_CHAIN_ID, GENESIS_TIME
from zkcredit.chain.nodes.local_accounts import LOCAL_BALANCE, local_accounts_unsafe
from zkcredit.chain.nodes.node import EmbeddedChain
from zkcredit.chain.nodes.revm.chain import Chain
from zkcredit.chain.nodes.revm.machine import require_pyrevm
from zkcredit.chain.nodes.revm.rpc import answering
from zkcredit.errors import ChainError, InvalidInput

__all__ = ["RevmNode"]


class RevmNode(EmbeddedChain):
    """revm at the Cancun fork, one block per transaction. Threads may share it.

    A call takes a fraction of a millisecond. The same calls give the same blocks, hashes and
    addresses. Status, gas, events, return data and storage are those of ``anvil --hardfork
    cancun``. What differs:

    - the base fee is always 0, in the blocks and for contracts;
    - contracts cannot read the hashes of blocks: ``BLOCKHASH`` returns another number;
    - the state root of a block is not a trie's, so there are no proofs of accounts;
    - a contract cannot be the sender of a call without a transaction;
    - while the transaction of a sender runs who could not pay the gas limit twice, contracts see
      that sender's balance without the deduction of the fee.

    Args:
        chain_id: chain id; a value other than the default simulates a foreign chain.
        accounts: number of funded accounts (the same as those of the other local chains).
        genesis_time: timestamp of block 0, Unix seconds.

    Raises:
        NodeUnavailable: if ``pyrevm`` is not installed, or has another version than the one whose
            behaviour is tested.
    """

    def __init__(
        self,
        *,
        chain_id: int = EMBEDDED_CHAIN_ID,
        accounts: int = 10,
        genesis_time: int = GENESIS_TIME,
    ) -> None:
        require_pyrevm()
        with extra("tester", "the fast chain"):
            from web3 import Web3
            from web3.middleware import AttributeDictMiddleware

        self.accounts = local_accounts_unsafe(accounts)
        funded = {signer.address: LOCAL_BALANCE for signer in self.accounts}
        self._chain = Chain(chain_id, genesis_time, funded)
        self._lock = RLock()
        # web3's other layers look up names and prices, and check what this node checks itself.
        layers = [(AttributeDictMiddleware, "attrdict")]
        super().__init__(
            Web3(answering(self._chain, self._lock), middleware=layers), "revm (Cancun)"
        )

    def advance(self, seconds: int) -> int:
        """See ``LocalNode.advance``."""
        if seconds < 1:
            raise InvalidInput("time can only move forward, by at least one second")
        with self._lock:
            self._chain.mine(self.now() + seconds)
            return self.now()

    def snapshot(self) -> int:
        """See ``LocalNode.snapshot``."""
        with self._lock:
            return self._chain.snapshot()

    def restore(self, snapshot: int) -> None:
        """See ``LocalNode.restore``.

        Raises:
            ChainError: if there is no such snapshot.
        """
        with self._lock:
            restored = self._chain.restore(snapshot)
        if not restored:
            raise ChainError(f"there is no snapshot {snapshot}")
        self.restored += 1

    def storage_words(self) -> list[bytes]:
        """See ``EmbeddedChain.storage_words``."""
        with self._lock:
            return sorted(self._chain.words())
