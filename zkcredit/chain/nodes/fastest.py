"""The fastest chain that this process can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.chain.nodes.embedded import GENESIS_TIME, EmbeddedNode
from zkcredit.chain.nodes.revm.machine import require_pyrevm
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import NodeUnavailable

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import EmbeddedChain

__all__ = ["fastest_chain"]


def fastest_chain(*, accounts: int = 10, genesis_time: int = GENESIS_TIME) -> EmbeddedChain:
    """Return a new chain inside this process: revm, or py-evm on a platform without it.

    Args:
        accounts: number of funded accounts.
        genesis_time: timestamp of block 0, Unix seconds.

    Raises:
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
    """
    try:
        require_pyrevm()
    except NodeUnavailable:
        return EmbeddedNode(accounts=accounts, genesis_time=genesis_time)
    return RevmNode(accounts=accounts, genesis_time=genesis_time)
