"""``history advance`` killed at a call to the system and run again: the tree goes on once."""

from __future__ import annotations

import random
import warnings
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import PASSWORD, Desk, Ran, make_desk, ok, run
from support.history.town import HistoryTown
from support.storage.tracing import SENDS, WRITES, Call, follow

from zkcredit.chain import AnvilNode
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.sending.transactions import Call as Transaction
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.node,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning"),
]
SENT = b"eth_sendRawTransaction"


class Place:
    """A keeper's desk, and a bureau where two loans wait for the tree."""

    def __init__(self, desk: Desk, node: AnvilNode) -> None:
        self.desk, self.node = desk, node
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.town = HistoryTown(node)
        with Wallet.open(desk.path("wallet"), PASSWORD) as wallet:
            self.town.keeper.send(Transaction(wallet.evm_address, b"", 21_000, 10**18))
        for who in (7, 8):
            self.town.start(who)
        self.since = node.block_number()
        self.snapshot = node.snapshot()

    def renew(self) -> None:
        """Go back to where the loans wait."""
        self.node.restore(self.snapshot)
        self.snapshot = self.node.snapshot()
        for left in self.desk.path("wallet").parent.glob("wallet.outbox*"):
            left.unlink()

    def advance(self) -> int:
        return self.run().code

    def run(self) -> Ran:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(
                "history", "advance", self.desk.path("wallet"), "--tree", self.town.tree, "--node",
                self.node.url, *self.desk.password, "--json",
            )  # fmt: skip

    def steps(self) -> int:
        """How often the tree went on."""
        abi = abi_of("HistoryTree")
        logs = self.node.logs(self.town.tree, since=self.since + 1)
        events = [abi.decode_event(log.topics, log.data) for log in logs]
        return sum(found is not None and found[0] == "Advanced" for found in events)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with AnvilNode() as node:
        yield Place(make_desk(tmp_path_factory.mktemp("killed")), node)


def weighed() -> Callable[[Call], bool]:
    """Tells the calls after which something is different: a file, or what the chain knows."""
    sent = False

    def heavy(call: Call) -> bool:
        nonlocal sent
        was, sent = sent, call.name in SENDS and call.sends(SENT)
        return sent or was or call.name in WRITES

    return heavy


@pytest.fixture(scope="module")
def calls(place: Place) -> int:
    """How many such calls there are without a kill."""
    count, heavy = 0, weighed()

    def before(call: Call) -> bool:
        nonlocal count
        count += heavy(call)
        return False

    place.renew()
    assert follow(place.advance, before).code == 0
    assert place.steps() == 1
    return count


@pytest.mark.parametrize("part", range(8))
def test_a_keeper_that_is_killed_and_run_again_advances_once(
    place: Place, calls: int, part: int
) -> None:
    place.renew()
    left = random.Random(part).randrange(part * calls // 8, (part + 1) * calls // 8) + 1
    heavy = weighed()

    def before(call: Call) -> bool:
        nonlocal left
        left -= heavy(call)
        return left == 0

    ended = follow(place.advance, before)
    assert ended.code in (None, 0)
    found = ok(place.run())
    assert found["waiting"] == 0
    assert place.steps() == 1
    assert ok(place.run())["batches"] == 0
    assert place.steps() == 1
