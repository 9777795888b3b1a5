"""The same signed transactions on every node: lives, a node that was away, and reorganisations."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from support.chain.go_ethereum import BINARY
from support.chain.node_copies import AnvilCopy, GethCopy
from support.chain.one_life import PyEvmCopy, as_lived, live, told_by
from support.chain.reorganised_life import FATES, lived_through
from support.chain.reorganised_nodes import LostState, anvil_chain, geth_chain

from zkcredit.chain.nodes.connect import opened, provider_over, transport_to, web3_over
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.quorum import PATIENCE, QuorumNode, quorum_provider
from zkcredit.errors import NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.chain.node_copies import NodeCopy
    from support.chain.one_life import Life

__all__ = [
    "asked_together",
    "away_and_back",
    "copies_of",
    "reorganised_on",
    "round_of",
    "same_on_py_evm",
]

_SECONDS = 60.0  # for one call


def round_of(number: int, say: Callable[[str], None] = lambda _: None) -> dict[str, int]:
    """Live another life, and compare every node of this machine with the fast chain.

    Args:
        number: of the round; each life has its own keys, credentials and proofs.
        say: a function that is told what was found.

    Returns:
        Counts of what was compared. ``go-ethereum`` is 0 if the program was not built.

    Raises:
        AssertionError: if two nodes differ.
    """
    life = live()
    fate = FATES[number % len(FATES)]
    say(", ".join(f"{count} {what}" for what, count in life.counts.items()))
    same_on_py_evm(life)
    say("py-evm: the same logs and storage")
    programs = {"anvil": None, **({"go-ethereum": BINARY} if BINARY.exists() else {})}
    gas = []
    for binary in programs.values():
        with copies_of(binary) as (first, second):
            as_lived(first, life)
            say(f"{first.name}: the same logs and storage")
            away_and_back(first, second, life)
            say(f"{second.name}, stopped, behind and back again: the same")
            gas.append(first.gas_of(life))
    assert all(one == gas[0] for one in gas), "two programs at Osaka take different gas"
    for name, binary in programs.items():
        found = reorganised_on(binary, fate)
        say(f"{name}: reorganised by three blocks, transactions {fate}: {found}")
    return {
        **life.counts, "lives": 1, "nodes": 2 + 2 * len(programs),
        "reorganisations": 3 * len(programs), "go-ethereum": len(programs) - 1,
    }  # fmt: skip


def same_on_py_evm(life: Life) -> None:
    """Compare the reference with the fast chain."""
    with EmbeddedNode() as node:
        as_lived(PyEvmCopy(node), life)
        assert told_by(node, life.deployment) == life.told


@contextmanager
def copies_of(binary: Path | None = None) -> Iterator[tuple[NodeCopy, NodeCopy]]:
    """Two new nodes of one program: anvil, or the go-ethereum of a file."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(2)]
        first, second = [
            stack.enter_context(AnvilCopy(folder) if binary is None else GethCopy(binary, folder))
            for folder in folders
        ]
        yield first, second


def away_and_back(first: NodeCopy, second: NodeCopy, life: Life) -> None:
    """Ask both nodes together while one of them is stopped, behind, and back again.

    Args:
        first: has the whole life.
        second: has nothing of it.

    Raises:
        AssertionError: if anything is read that not both say, or they differ in the end.
    """
    middle = len(life.blocks) // 2
    as_lived(second, life, middle)
    second.stop()
    with pytest.raises(NodeUnavailable):
        asked_together(first, second)
    second.start()
    assert second.head() == middle
    as_lived(second, life, middle)  # it has forgotten nothing
    with closing(asked_together(first, second)) as both:
        with pytest.raises(NodeUnavailable, match=f"lags: it has no block {first.head()}"):
            told_by(both, life.deployment)
        as_lived(second, life)
        assert told_by(both, life.deployment) == life.told
        assert first.gas_of(life) == second.gas_of(life)


def asked_together(*copies: NodeCopy) -> QuorumNode:
    """Return a quorum in which time passes only when it waits."""
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        assert now < 100 * PATIENCE

    members = [
        (f"node {number}", provider_over(transport_to(copy.url, _SECONDS)))
        for number, copy in enumerate(copies, 1)
    ]
    provider = quorum_provider(members, clock=lambda: now, sleep=sleep)
    node = opened(QuorumNode, web3_over(provider), "both", None, timeout=_SECONDS)
    node.clock, node.sleep = (lambda: now), sleep
    return node


def reorganised_on(binary: Path | None, fate: str) -> dict[str, int]:
    """Reorganise a release, a payment and a default on anvil, or on the go-ethereum of a file."""
    for _ in range(5):
        try:
            with TemporaryDirectory() as folder:
                chain: Any = anvil_chain() if binary is None else geth_chain(binary, Path(folder))
                with chain as opened_chain:
                    return lived_through(opened_chain, fate)
        except LostState:
            continue
    raise AssertionError("anvil lost its state at every reorganisation")
