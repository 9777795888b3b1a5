"""When a reader sees each movement of ``zkcredit demo --page``, and whether all sums are equal.

Chain, story, page and the notes share one process and its interpreter lock. A block's time is that
at which a thread that looks every five milliseconds sees it.
"""

from __future__ import annotations

import sys
import threading
import time
from bisect import bisect_left
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from measure import arguments, report

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.page.crowd import delays, percentile  # noqa: E402

from zkcredit.chain import ChainIndex  # noqa: E402
from zkcredit.chain.index.loans import LOANS  # noqa: E402
from zkcredit.chain.index.watching import loans_watched  # noqa: E402
from zkcredit.demo import Silent, run_demo  # noqa: E402
from zkcredit.page import Status, serving  # noqa: E402

if TYPE_CHECKING:
    from zkcredit.chain import EmbeddedChain

EVERY = 0.2  # as the command does
LOOK = 0.005
PATIENCE = 120.0


class Shown(Silent):
    """A narrator that serves the market's page as the command does, and reads it.

    Attributes:
        blocks: time of each block that was noted.
        seen: times at which the reader read, and the newest block with a movement then.
        moved: the blocks with movements, after ``close``.
        movements: their number.
        status: what the page says at the end.
    """

    def __init__(self) -> None:
        self.blocks: dict[int, float] = {}
        self.seen: list[tuple[float, int]] = []
        self.moved: list[int] = []
        self.movements = 0
        self.status = Status()
        self._read_to = -1
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open = ExitStack()

    def market(self, node: EmbeddedChain, address: str) -> None:
        """Serve the page, and begin to read it and to note blocks."""
        watched = loans_watched(node, address, 1)
        self._index = self._open.enter_context(
            ChainIndex.open(None, node, watched, projections=[LOANS])
        )
        self._page = self._open.enter_context(
            serving(self._index, node, address, port=0, every=EVERY)
        )
        self._threads = [
            threading.Thread(target=self._note, args=(node,), daemon=True),
            threading.Thread(target=self._read, args=(self._page.url,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let the reader see the last block, and end everything."""
        self.status = self._page.finish()
        deadline = time.monotonic() + PATIENCE
        while self._read_to < self.status.block and time.monotonic() < deadline:
            time.sleep(LOOK)
        rows = self._index.ask("SELECT block FROM loans_movements")
        self.movements, self.moved = len(rows), sorted({block for (block,) in rows})
        self._end.set()
        self._open.close()
        for thread in self._threads:
            thread.join()

    def times(self) -> dict[int, float]:
        """Return the time of each block with movements."""
        noted = sorted(self.blocks)
        return {
            block: self.blocks[noted[bisect_left(noted, block)]]
            for block in self.moved
            if block <= noted[-1]
        }

    def _note(self, node: EmbeddedChain) -> None:
        while not self._end.wait(LOOK):
            self.blocks.setdefault(node.block_number(), time.monotonic())

    def _read(self, url: str) -> None:
        with (
            suppress(httpx2.HTTPError),  # the page ends before its readers
            httpx2.Client(base_url=url, timeout=PATIENCE) as client,
            client.stream("GET", "/events") as news,
        ):
            for line in news.iter_lines():
                if line.startswith("data: "):
                    movements = client.get("/api/overview").json()["movements"]
                    if movements:
                        self.seen.append((time.monotonic(), movements[0]["block"]))
                    self._read_to = int(line.removeprefix("data: "))


options = arguments(__doc__)
shown = Shown()
result = run_demo(shown)
shown.close()
waits = delays(shown.times(), [shown.seen])
report(
    "movements of the loan story on a page",
    {
        "story_s": round(result.seconds, 1),
        "movements": shown.movements,
        "blocks_with_movements": len(shown.moved),
        "blocks_seen": len(waits),
        "movement_seen_median_s": round(percentile(waits, 0.5), 2),
        "movement_seen_most_s": round(max(waits), 2),
        "sums_compared": shown.status.compared,
        "sums_unequal": shown.status.unequal,
        "sums_unknown": shown.status.unknown,
    },
    options.json,
)
