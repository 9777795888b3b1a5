"""An Ethereum chain inside this process (eth-tester on py-evm): no ports, no binaries.

It is deterministic: the same calls give the same blocks, hashes and addresses, because genesis
time, accounts and each block's randomness are fixed. It is for tests, demonstrations and dry runs.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from zkcredit._internal.extras import extra
from zkcredit.chain.nodes.embedded_archive import LogArchive, storage_words
from zkcredit.chain.nodes.local_accounts import LOCAL_BALANCE, local_accounts_unsafe
from zkcredit.chain.nodes.node import EmbeddedChain
from zkcredit.chain.nodes.pairing import kernel_pairing
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCError, RPCResponse

    from zkcredit.chain.sending.accounts import Signer

__all__ = ["EMBEDDED_CHAIN_ID", "GENESIS_TIME", "EmbeddedNode"]

EMBEDDED_CHAIN_ID = 31337
"""The chain id that development chains have used since Hardhat."""

GENESIS_TIME = 1_800_000_000
"""Default timestamp of block 0, Unix seconds (15 January 2027)."""

_GAS_LIMIT = 30_000_000
_REVERTED = 3  # JSON-RPC error code that geth uses for a revert with data
_REFUSED = -32000


class EmbeddedNode(EmbeddedChain):
    """py-evm at the Prague fork, one block per transaction. Threads may share it.

    Args:
        chain_id: chain id; a value other than the default simulates a foreign chain.
        accounts: number of funded accounts.
        genesis_time: timestamp of block 0, Unix seconds.
        pairing: what computes the pairing precompile: ``"kernel"`` (about 1 ms) is our own code,
            which also made the proofs, and ``"python"`` (about 1 s) is py_ecc.
    """

    def __init__(
        self,
        *,
        chain_id: int = EMBEDDED_CHAIN_ID,
        accounts: int = 10,
        genesis_time: int = GENESIS_TIME,
        pairing: Literal["kernel", "python"] = "kernel",
    ) -> None:
        if pairing not in {"kernel", "python"}:
            raise InvalidInput("pairing must be 'kernel' or 'python'")
        with extra("tester", "the embedded node"):
            from eth_tester import EthereumTester
            from web3 import Web3

        self.accounts = local_accounts_unsafe(accounts)
        self._tester = EthereumTester(_backend(chain_id, genesis_time, self.accounts))
        self._lock = RLock()
        provider = _provider(self._tester, chain_id, pairing, self._lock)
        super().__init__(Web3(provider), f"py-evm (Prague), pairing by {pairing}")

    def advance(self, seconds: int) -> int:
        """See ``LocalNode.advance``."""
        if seconds < 1:
            raise InvalidInput("time can only move forward, by at least one second")
        with self._lock:
            target = self.now() + seconds
            # eth-tester uses the time of the pending block, one second after the latest.
            if seconds > 1:
                self._tester.time_travel(target + 1)
            else:
                self._tester.mine_block()
            return self.now()

    def snapshot(self) -> int:
        """See ``LocalNode.snapshot``."""
        with self._lock:
            return int(self._tester.take_snapshot())

    def restore(self, snapshot: int) -> None:
        """See ``LocalNode.restore``."""
        with self._lock:
            self._tester.revert_to_snapshot(snapshot)
        self.restored += 1

    def storage_words(self) -> list[bytes]:
        """See ``EmbeddedChain.storage_words``."""
        backend: Any = self._tester.backend
        with self._lock:
            return sorted(set(storage_words(backend.chain)))


class _Reverted(Exception):  # private, and not one of our errors: an answer of the EVM
    def __init__(self, data: bytes) -> None:
        super().__init__("execution reverted")
        self.data = data


def _backend(chain_id: int, genesis_time: int, funded: tuple[Signer, ...]) -> Any:
    from eth.exceptions import TransactionNotFound as NotIndexed
    from eth.vm.spoof import SpoofTransaction
    from eth_keys import KeyAPI
    from eth_tester import PyEVMBackend
    from eth_tester.backends.pyevm.main import _execute_and_revert_transaction
    from eth_tester.backends.pyevm.serializers import serialize_transaction_receipt
    from eth_tester.exceptions import TransactionNotFound
    from eth_utils import keccak, to_canonical_address

    untyped: Any = PyEVMBackend

    class Backend(untyped):  # type: ignore[misc]  # eth-tester has no types
        def reset_to_genesis(self, *args: Any, **kwargs: Any) -> None:
            super().reset_to_genesis(*args, **kwargs)
            # eth-tester makes a new class for the chain on every reset; its id is a class variable.
            type(self.chain).chain_id = chain_id
            keys = KeyAPI()
            self.account_keys = tuple(keys.PrivateKey(s.private_key_unsafe()) for s in funded)

        def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = bytes(20)) -> tuple[Any, ...]:
            # Like the parent, but with fixed instead of fresh randomness, and without blobs.
            hashes = []
            for _ in range(num_blocks):
                number: int = self.chain.get_block().number
                block = self.chain.mine_block(
                    coinbase=coinbase, mix_hash=keccak(number.to_bytes(32, "big")), blob_gas_used=0
                )
                hashes.append(block.hash)
            return tuple(hashes)

        def get_transaction_receipt(self, transaction_hash: bytes) -> Any:
            # The parent walks back through all blocks, even for a transaction that is in no block;
            # the chain has an index.
            block, index = self._mined(transaction_hash)
            if block is not None:
                receipts = block.get_receipts(self.chain.chaindb)
                transaction, vm = block.transactions[index], self.chain.get_vm()
                return serialize_transaction_receipt(
                    block, receipts, transaction, index, is_pending=False, vm=vm
                )
            pending = self.chain.get_block().transactions
            if any(transaction.hash == transaction_hash for transaction in pending):
                return super().get_transaction_receipt(transaction_hash)
            raise TransactionNotFound(f"no transaction {transaction_hash.hex()}")

        def _mined(self, transaction_hash: bytes) -> tuple[Any, int]:
            with suppress(NotIndexed):
                number, index = self.chain.get_canonical_transaction_index(transaction_hash)
                if number < self.chain.get_block().number:
                    block = self.chain.get_canonical_block_by_number(number)
                    # after ``restore`` the index may name a block that no longer exists
                    found = block.transactions[index : index + 1]
                    if found and found[0].hash == transaction_hash:
                        return block, index
            return None, 0

        def call(self, transaction: Any, block_number: Any = "latest") -> Any:
            # Like the parent, but keeps the data of a revert, so that the ABI can decode them.
            fields = {"gas": self._max_available_gas(), **transaction}
            unsigned = self._get_normalized_and_unsigned_evm_transaction(fields, block_number)
            spoofed = SpoofTransaction(unsigned, from_=fields["from"])
            computation = _execute_and_revert_transaction(self.chain, spoofed, block_number)
            if computation.is_error:
                # Errors such as out of gas have an explanation in the place of data.
                said = computation.error.args[0] if computation.error.args else b""
                raise _Reverted(bytes(said) if isinstance(said, bytes | memoryview) else b"")
            return computation.output

    parameters = PyEVMBackend.generate_genesis_params(
        overrides={"timestamp": genesis_time, "gas_limit": _GAS_LIMIT}
    )
    account = {"balance": LOCAL_BALANCE, "nonce": 0, "code": b"", "storage": {}}
    state = {to_canonical_address(signer.address): account for signer in funded}
    return Backend(genesis_parameters=parameters, genesis_state=state)


def _provider(tester: Any, chain_id: int, pairing: str, lock: RLock) -> Any:
    from eth_tester.exceptions import TransactionFailed
    from eth_tester.exceptions import ValidationError as TesterRefusal
    from eth_utils import ValidationError as EvmRefusal
    from web3 import EthereumTesterProvider

    route = kernel_pairing if pairing == "kernel" else nullcontext
    archive = LogArchive(tester.backend)

    class Provider(EthereumTesterProvider):
        def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
            with lock:
                return self._answered(method, params)

        def _answered(self, method: RPCEndpoint, params: Any) -> RPCResponse:
            if method in {"eth_chainId", "net_version"}:
                return _answer(result=hex(chain_id) if method == "eth_chainId" else str(chain_id))
            if method == "eth_sendRawTransaction" and _foreign(params[0], chain_id):
                return _answer(error=(_REFUSED, "transaction of another chain", None))
            if method == "eth_getLogs":
                return _answer(result=archive.find(params[0]))
            try:
                with route():
                    return super().make_request(method, params)
            except _Reverted as error:
                return _answer(error=(_REVERTED, "execution reverted", "0x" + error.data.hex()))
            except (TransactionFailed, TesterRefusal, EvmRefusal) as error:
                return _answer(error=(_REFUSED, str(error), None))

    return Provider(tester)


def _foreign(raw: str, chain_id: int) -> bool:
    # py-evm checks the chain id of legacy transactions, but not that of typed ones (EIP-2718).
    from eth_account.typed_transactions import TypedTransaction
    from hexbytes import HexBytes

    data = HexBytes(raw)
    typed = len(data) > 0 and data[0] < 0x80
    return typed and int(TypedTransaction.from_bytes(data).as_dict()["chainId"]) != chain_id


def _answer(*, result: Any = None, error: tuple[int, str, str | None] | None = None) -> RPCResponse:
    if error is None:
        return {"jsonrpc": "2.0", "id": 1, "result": result}
    code, message, data = error
    detail: RPCError = {"code": code, "message": message}
    if data is not None:
        detail["data"] = data
    return {"jsonrpc": "2.0", "id": 1, "error": detail}
