"""Nodes that are programs of their own, and are given the blocks of another chain.

Each keeps its chain in a folder, so that it can be stopped and started again: it listens at the
same port, and has the blocks that it had.
"""

from __future__ import annotations

import ctypes
import gzip
import json
import os
import signal
import subprocess
import time
import urllib.request
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import psutil
from support.chain.free_port import free_port
from support.chain.one_life import Made, State, logs_of, storage_root

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.anvil import find_anvil
from zkcredit.chain.nodes.embedded import EMBEDDED_CHAIN_ID, GENESIS_TIME
from zkcredit.chain.nodes.local_accounts import LOCAL_BALANCE, local_accounts_unsafe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from support.chain.one_life import Life

__all__ = ["AnvilCopy", "GethCopy", "NodeCopy"]

_PATIENCE: Final = 120.0  # seconds for one answer, and for an end
_PORTS: Final = 5  # tries
_GAS_LIMIT: Final = 30_000_000
_BASE_FEE: Final = 7  # wei, of the first block; it only falls
_PR_SET_PDEATHSIG: Final = 1
_FORKS: Final = ("shanghaiTime", "cancunTime", "pragueTime", "osakaTime")


class NodeCopy(ABC):
    """A node that is a program.

    Attributes:
        name: the program, as it names itself.
        url: where it listens; the same after it was stopped and started again.
        folder: where it keeps its chain.
    """

    name = "a node"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        try:
            for left in reversed(range(_PORTS)):
                self._port = free_port()
                self.url = f"http://127.0.0.1:{self._port}"
                try:
                    self.start()
                    break
                except AssertionError:  # another program may have taken the port meanwhile
                    if not left:
                        raise
            self.name = str(self.ask("web3_clientVersion"))
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    # --- the program ---

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the program and its options."""

    def start(self) -> None:
        """Start the program, and wait until it answers.

        Raises:
            AssertionError: if it ends instead.
        """
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no allocation
            )  # fmt: skip
        while not self._listens():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2_000:]
            time.sleep(0.05)
        self.ask("eth_chainId")

    def _listens(self) -> bool:
        """Return whether it is this program that listens at the port, and not another one."""
        assert self._process is not None
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            return any(
                one.status == psutil.CONN_LISTEN and one.laddr.port == self._port
                for one in psutil.Process(self._process.pid).net_connections("tcp")
            )
        return False

    def stop(self) -> None:
        """Ask the program to end, and wait until it has kept its chain."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=_PATIENCE)

    def kill(self) -> None:
        """End it at once; a second call does nothing."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def ask(self, method: str, *parameters: object) -> Any:
        """Ask the node.

        Raises:
            OSError: if it does not answer.
            AssertionError: if it refuses.
        """
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        request = urllib.request.Request(
            self.url, json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            reply = json.load(answer)
        assert "error" not in reply, f"{self.name}, {method}: {reply['error']}"
        return reply["result"]

    # --- its chain ---

    def head(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)

    @abstractmethod
    def take(self, made: Made) -> None:
        """Make the block that another chain made: its transactions, at its time."""

    def made(self, number: int, raws: Sequence[bytes]) -> Made:
        block = self.ask("eth_getBlockByNumber", hex(number), False)
        digests = ["0x" + keccak256(raw).hex() for raw in raws]
        assert block["transactions"] == digests, f"{self.name}, block {number}"
        receipts = [self.ask("eth_getTransactionReceipt", digest) for digest in digests]
        fates = tuple((one["status"] == "0x1", logs_of(one["logs"])) for one in receipts)
        logs = self.ask("eth_getLogs", {"fromBlock": hex(number), "toBlock": hex(number)})
        assert logs_of(logs) == tuple(log for _, some in fates for log in some)
        return Made(number, int(block["timestamp"], 16), tuple(raws), fates)

    @abstractmethod
    def states(self, known: Collection[str]) -> dict[str, State]:
        """Return code and storage of each contract; ``known`` are those of the other chain."""

    def gas_of(self, life: Life) -> list[int]:
        """Gas that each transaction of a life took."""
        digests = ["0x" + keccak256(raw).hex() for made in life.blocks for raw in made.raws]
        return [int(self.ask("eth_getTransactionReceipt", one)["gasUsed"], 16) for one in digests]


class AnvilCopy(NodeCopy):
    """anvil at Osaka, which keeps its chain in a file while it is stopped."""

    def _command(self) -> list[str]:
        binary = find_anvil()
        assert binary is not None, "anvil is not installed; run npm ci in the checkout"
        return [
            str(binary), "--host", "127.0.0.1", "--port", str(self._port), "--silent",
            "--hardfork", "osaka", "--chain-id", str(EMBEDDED_CHAIN_ID), "--accounts", "1",
            "--timestamp", str(GENESIS_TIME), "--gas-limit", str(_GAS_LIMIT),
            "--base-fee", str(_BASE_FEE), "--no-mining",
            "--state", str(self.folder / "state"),
        ]  # fmt: skip

    def start(self) -> None:
        new = not (self.folder / "state").exists()
        super().start()
        if new:
            for signer in local_accounts_unsafe(10):
                self.ask("anvil_setBalance", signer.address, hex(LOCAL_BALANCE))
            self._of_genesis = frozenset(self._accounts())

    def _accounts(self) -> dict[str, Any]:
        dump = gzip.decompress(bytes.fromhex(self.ask("anvil_dumpState")[2:]))
        found: dict[str, Any] = json.loads(dump)["accounts"]
        return found

    def take(self, made: Made) -> None:
        for raw in made.raws:
            self.ask("eth_sendRawTransaction", "0x" + raw.hex())
        self.ask("evm_setNextBlockTimestamp", made.time)
        self.ask("evm_mine")

    def states(self, known: Collection[str]) -> dict[str, State]:
        # its tries keep a leaf for a word that became zero, so their roots are not the protocol's
        return {
            address.lower(): State(
                keccak256(bytes.fromhex(account["code"][2:])).hex(),
                storage_root({int(k, 16): int(v, 16) for k, v in account["storage"].items()}),
            )
            for address, account in self._accounts().items()
            if account["code"] != "0x" and address not in self._of_genesis
        }


class GethCopy(NodeCopy):
    """go-ethereum at Osaka, with the genesis of its developer mode as far as it does not matter.

    Its developer mode takes the time of each block from the machine's clock. So this is a private
    network, whose blocks are asked for by the node's own ``testing`` interface, which takes their
    time.

    Args:
        binary: the program ``geth``.
        folder: where it keeps its chain.
        genesis_time: timestamp of block 0, Unix seconds.
    """

    def __init__(self, binary: Path, folder: Path, genesis_time: int = GENESIS_TIME) -> None:
        self._binary, self._genesis_time = binary, genesis_time
        self._prepare(folder)
        super().__init__(folder)

    def _prepare(self, folder: Path) -> None:
        """Write the genesis, from which the first start begins."""
        command = [str(self._binary), "--dev", "dumpgenesis"]
        told = subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
        genesis = json.loads(told.stdout)
        self._of_genesis = {
            "0x" + address.removeprefix("0x").lower() for address in genesis["alloc"]
        }
        config = genesis["config"]
        config["chainId"] = EMBEDDED_CHAIN_ID
        for fork in [name for name in config if name.endswith("Time") and name not in _FORKS]:
            del config[fork]  # a draft of the fork after Osaka
        genesis |= {
            "timestamp": hex(self._genesis_time), "gasLimit": hex(_GAS_LIMIT),
            "baseFeePerGas": hex(_BASE_FEE),
        }  # fmt: skip
        for signer in local_accounts_unsafe(10):
            genesis["alloc"][signer.address[2:].lower()] = {"balance": hex(LOCAL_BALANCE)}
        (folder / "genesis.json").write_text(json.dumps(genesis))
        subprocess.run(
            [self._binary, "--datadir", folder / "data", "init", folder / "genesis.json"],
            check=True, capture_output=True, timeout=_PATIENCE,
        )  # fmt: skip

    def _command(self) -> list[str]:
        return [
            str(self._binary), "--datadir", str(self.folder / "data"), "--ipcdisable",
            "--networkid", str(EMBEDDED_CHAIN_ID), "--http", "--http.addr", "127.0.0.1",
            "--http.port", str(self._port), "--http.api", "eth,web3,net,debug,testing",
            "--authrpc.addr", "127.0.0.1", "--authrpc.port", str(free_port()), "--port", "0",
            "--nodiscover", "--maxpeers", "0", "--nat", "none", "--verbosity", "2",
            "--cache", "64", "--gcmode", "archive",
        ]  # fmt: skip

    def take(self, made: Made) -> None:
        self.commit(made.time, made.raws)

    def commit(self, when: int, raws: Sequence[bytes] | None) -> None:
        """Make a block.

        Args:
            when: its time, Unix seconds.
            raws: its transactions; those that wait in the pool if None.
        """
        attributes = {
            "timestamp": hex(when), "prevRandao": f"0x{when:064x}", "withdrawals": [],
            "suggestedFeeRecipient": "0x" + "00" * 20, "parentBeaconBlockRoot": "0x" + "00" * 32,
        }  # fmt: skip
        inside = None if raws is None else ["0x" + raw.hex() for raw in raws]
        self.ask("testing_commitBlockV1", attributes, inside, "0x")

    def states(self, known: Collection[str]) -> dict[str, State]:
        # it lists every account; those of its genesis are programs of the protocol
        dump = self.ask("debug_dumpBlock", "latest")["accounts"]
        return {
            address.lower(): State(account["codeHash"][2:], account["root"][2:])
            for address, account in dump.items()
            if account.get("code", "0x") != "0x" and address.lower() not in self._of_genesis
        }


def _die_with_parent() -> None:
    # a killed test run cannot end its nodes; the operating system does it instead
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)
