"""A private anvil process with a fixed and checked fork, for tests and development.

The binary comes from the npm package. It is started directly, on a free port of this machine, and
ends with this object or with this process.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

from zkcredit._internal.extras import extra
from zkcredit.chain.nodes.local_accounts import LOCAL_BALANCE, local_accounts_unsafe
from zkcredit.chain.nodes.node import LocalNode
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable

__all__ = ["HARDFORK", "AnvilNode", "find_anvil"]

HARDFORK: Final = "osaka"
"""The fork on which the contracts are tested."""

_PATIENCE = 300.0  # seconds; a busy machine may need a minute, and an ended anvil is noticed
_STARTS = 5
_LEAST_GAS_LIMIT = 30_000_000
_GAS_LIMITS = 1 << 20
_PR_SET_PDEATHSIG = 1


def find_anvil() -> Path | None:
    """Return the anvil binary: the checkout's npm package, else one on PATH, else None."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "amd64")
    root = Path(__file__).resolve().parents[3]
    packaged = root / "node_modules" / "@foundry-rs" / f"anvil-linux-{machine}" / "bin" / "anvil"
    if packaged.is_file():
        return packaged
    found = shutil.which("anvil")
    return Path(found) if found else None


class AnvilNode(LocalNode):
    """A fresh anvil chain.

    ``Node.network`` needs a unique genesis hash. Anvil makes the hash from little more than the
    time in whole seconds, so the block gas limit is random (30 million and up to 3.5 % more).

    Args:
        chain_id: chain id of the new chain.
        accounts: number of funded accounts (the same as the embedded node's).
        automine: if False, only ``mine`` makes blocks, so that transactions wait in the pool.
        hardfork: the fork that it runs; before Osaka, transactions have no gas limit of their own.

    Raises:
        NodeUnavailable: if anvil is not installed, does not start, or runs another fork.
    """

    _process: subprocess.Popen[bytes] | None = None

    def __init__(
        self,
        *,
        chain_id: int = 31337,
        accounts: int = 10,
        automine: bool = True,
        hardfork: Literal["cancun", "prague", "osaka"] = HARDFORK,
    ) -> None:
        binary = find_anvil()
        if binary is None:
            raise NodeUnavailable("anvil is not installed; run npm ci in the checkout")
        arguments = [
            "--host", "127.0.0.1", "--silent", "--chain-id", str(chain_id),
            "--hardfork", hardfork, "--accounts", "1", "--timestamp", str(int(time.time())),
        ]  # fmt: skip
        if hardfork == HARDFORK:
            arguments.append("--enable-tx-gas-limit")
        if not automine:
            arguments.append("--no-mining")
        atexit.register(self.close)
        try:
            w3 = self._started([str(binary), *arguments])
            super().__init__(w3, f"anvil ({hardfork})")
            self._check_fork(hardfork)
            self.accounts = local_accounts_unsafe(accounts)
            for signer in self.accounts:
                self._rpc("anvil_setBalance", signer.address, hex(LOCAL_BALANCE))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Kill the process; a second call does nothing."""
        atexit.unregister(self.close)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def advance(self, seconds: int) -> int:
        """See ``LocalNode.advance``."""
        if seconds < 1:
            raise InvalidInput("time can only move forward, by at least one second")
        self._rpc("evm_setNextBlockTimestamp", self.now() + seconds)
        self.mine()
        return self.now()

    def mine(self) -> None:
        """Make one block from the transactions that wait in the pool."""
        self._rpc("evm_mine")

    def drop_pool(self) -> None:
        """Forget every transaction that waits for a block."""
        self._rpc("anvil_dropAllTransactions")

    def snapshot(self) -> int:
        """See ``LocalNode.snapshot``."""
        return int(self._rpc("evm_snapshot"), 16)

    def restore(self, snapshot: int) -> None:
        """See ``LocalNode.restore``."""
        if self._rpc("evm_revert", hex(snapshot)) is not True:
            raise ChainError(f"there is no snapshot {snapshot}")
        self.restored += 1

    def _started(self, command: list[str]) -> Any:
        """Start anvil, at another port if another program has taken the free one."""
        with extra("chain", "a connection to a node"):
            from web3 import HTTPProvider, Web3

        for _ in range(_STARTS):
            port = _free_port()
            gas_limit = _LEAST_GAS_LIMIT + secrets.randbelow(_GAS_LIMITS)
            process = self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                [*command, "--port", str(port), "--gas-limit", str(gas_limit)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no allocation
            )
            self.url = f"http://127.0.0.1:{port}"
            w3 = Web3(
                HTTPProvider(
                    self.url,
                    request_kwargs={"timeout": _PATIENCE},
                    exception_retry_configuration=None,
                )
            )
            if _answers(w3, process, gas_limit):
                return w3
        raise NodeUnavailable(f"anvil ended at once, status {process.returncode}")

    def _check_fork(self, wanted: str) -> None:
        running = str(self._rpc("anvil_nodeInfo").get("hardFork", "")).lower()
        if running != wanted:
            raise NodeUnavailable(f"anvil runs the fork {running!r} instead of {wanted!r}")

    def _rpc(self, method: Any, *arguments: Any) -> Any:
        with self.reaching():
            reply = self.w3.provider.make_request(method, list(arguments))
        if "error" in reply:
            raise ChainError(f"anvil refused {method}: {reply['error']}")
        return reply["result"]


def _answers(w3: Any, process: subprocess.Popen[bytes], gas_limit: int) -> bool:
    """Wait until this anvil, and not another one at its port, answers; False if it ends."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        with suppress(Exception):
            if w3.eth.get_block("latest")["gasLimit"] == gas_limit:
                return True
        time.sleep(0.02)
    raise NodeUnavailable(f"anvil did not answer within {_PATIENCE:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    # A killed test run cannot call its atexit hooks; the operating system ends anvil instead.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)
