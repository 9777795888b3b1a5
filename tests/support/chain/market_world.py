"""What worlds on local chains share: nodes to play on, and a stand-in for the prover.

The stand-in knows the mock verifier's secret handshake: a proof's first word is the hash of the
public inputs. So the public inputs are checked in full, only the pairing is not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import TransactionReverted
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.request import LoanRequest

DAY = 86_400
ROOT = 0xC0FFEE
UNIT = 10_000  # base units of the six-decimal token in a cent
POLICY = replace(Policy.score_range(600), coverage_bps=12_000, currency=978)


def anvil_as_cancun() -> AnvilNode:
    """Anvil at the fork of the fast chain."""
    return AnvilNode(hardfork="cancun")


EITHER_NODE = [
    RevmNode,
    pytest.param(EmbeddedNode, marks=pytest.mark.slow),
    pytest.param(anvil_as_cancun, marks=[pytest.mark.node, pytest.mark.slow]),
    pytest.param(AnvilNode, marks=[pytest.mark.node, pytest.mark.slow]),
]
"""Parameters of a fixture that plays whole stories: on the fast chain, on the reference, on anvil
at the fast chain's fork and at the newest one."""

AS_CANCUN = [RevmNode, EITHER_NODE[2]]
"""Parameters of a fixture whose tests need no later fork than the fast chain's."""


class Played(Protocol):
    """People on a local chain."""

    node: LocalNode

    def new_senders(self) -> None:
        """Empty outboxes, as after the chain went back to a snapshot."""


W = TypeVar("W", bound=Played)


@contextmanager
def taken_back(world: W) -> Iterator[W]:
    """Let a test play; afterwards nothing has happened."""
    snapshot = world.node.snapshot()
    world.new_senders()
    try:
        yield world
    finally:
        world.node.restore(snapshot)


def refused(
    error: str, action: Callable[..., object], *args: Any, **kwargs: Any
) -> Mapping[str, object]:
    """Expect that a contract refuses; returns the arguments of its typed error."""
    with pytest.raises(TransactionReverted) as caught:
        action(*args, **kwargs)
    assert caught.value.error == error
    assert error in str(caught.value)
    return caught.value.arguments


@dataclass(frozen=True, repr=False)
class MockProof(Proof):
    """Eight words that the mock verifier accepts for the inputs that they were made for."""

    words: tuple[int, ...] = ()

    @classmethod
    def of(cls, words: tuple[int, ...]) -> MockProof:
        points = Proof.from_words([1] * 8)  # nobody looks at them
        return cls(points.a, points.b, points.c, words)

    def to_words(self) -> list[int]:
        return list(self.words)


def mock_present(request: LoanRequest, nullifier: int, root: int | None = None) -> Presentation:
    """What a wallet would answer to the request."""
    inputs = (
        request.policy.pack(),
        request.context,
        request.registry_root if root is None else root,
        request.scope,
        nullifier,
    )
    digest = keccak256(b"".join(value.to_bytes(32, "big") for value in inputs))
    proof = MockProof.of((int.from_bytes(digest, "big"), *[1] * 7))
    return Presentation("eligibility", inputs, proof)
