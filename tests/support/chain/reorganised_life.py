"""A release, a payment and a default whose blocks a chain takes back, and then they are sent again.

Each is sent under an idempotency key, two more blocks come on top, and three blocks are replaced by
three that lack the transaction, or have it elsewhere. Whoever sends it again under the same key
must find that the chain has it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from support.chain.loan_world import MONTH, PRODUCT, World
from support.chain.market_world import UNIT

from zkcredit.chain.loans.loan_state import LoanStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zkcredit.chain.nodes.node import LocalNode

__all__ = ["DEPTH", "FATES", "Reorganised", "lived_through"]

DEPTH: Final = 3
FATES: Final = ("dropped", "elsewhere")
_PRINCIPAL: Final = 100_000


class Reorganised(Protocol):
    """A chain that can take its last blocks back.

    Attributes:
        node: the node.
    """

    node: LocalNode

    def bury(self, blocks: int) -> None:
        """Make empty blocks."""

    def raw(self, transaction: str) -> bytes:
        """The signed bytes of a transaction, by its hash."""

    def reorganise(self, depth: int, first: Sequence[bytes]) -> None:
        """Replace the last blocks by as many, of which the last one has these transactions."""


def lived_through(chain: Reorganised, fate: str) -> dict[str, int]:
    """Reorganise a release, a payment and a default.

    Args:
        chain: a new chain.
        fate: one of ``FATES``: whether the new blocks lack the transaction, or have it elsewhere.

    Returns:
        How often each event is in the chain in the end.

    Raises:
        AssertionError: if something happened twice or not at all, or money is missing.
    """
    world = World(chain.node)
    world.post_root()
    product, market = world.offer().address, world.market
    before = world.money()

    def surely(action: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        name = f"{action.__name__} {fate}"
        start = chain.node.block_number()
        action(*arguments, **named, idempotency_key=name)
        found = chain.node.logs(market.address, since=start + 1)
        again = [chain.raw(found[-1].transaction)] if fate == "elsewhere" else []
        chain.bury(DEPTH - 1)
        chain.reorganise(DEPTH, again)
        kept = chain.node.logs(market.address, since=start + 1)
        assert len(kept) == (len(found) if again else 0), f"{name}: the chain has {len(kept)} logs"
        action(*arguments, **named, idempotency_key=name)
        assert len(chain.node.logs(market.address, since=start + 1)) == len(found), name

    loan = world.requested(product, _PRINCIPAL)
    market.fund(loan, _PRINCIPAL // 4, by=world.lender)
    surely(market.fund, loan, _PRINCIPAL, by=world.second)
    assert market.position_count() == 2
    market.draw(loan, by=world.borrower)
    assert world.money()["borrower"] - before["borrower"] == _PRINCIPAL * UNIT
    surely(market.repay, loan, 10_000, by=world.borrower)
    assert market.loan(loan.loan_id).received == 10_000
    assert world.money()["borrower"] - before["borrower"] == (_PRINCIPAL - 10_000) * UNIT
    chain.node.advance(4 * MONTH + PRODUCT.default_after)
    surely(market.mark_default, loan, by=world.stranger)
    assert market.loan(loan.loan_id).status is LoanStatus.DEFAULTED
    after = world.money()
    assert sum(after.values()) == sum(before.values())
    assert after["market"] == 10_000 * UNIT
    names = [type(event).__name__ for event in market.events()]
    return {name: names.count(name) for name in sorted(set(names))}
