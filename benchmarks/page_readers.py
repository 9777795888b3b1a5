"""A page under load: 200 readers with live streams, and a block with movements every two seconds.

Readers and page share the machine. Each reader keeps a stream, reads a page again after each block,
and opens another page every four seconds. ``movement_seen`` is the time from a block to the moment
at which a reader had the movements; the page asks its node once a second. ``first`` memory is that
after a quarter of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from measure import positive, report

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.page.crowd import Crowd, delays, percentile  # noqa: E402
from support.page.growing import serve_growing  # noqa: E402

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

EVERY = 1.0
APART = 2.0


class Watched(threading.Thread):
    """Notes each second the page's memory, and each block with its time.

    Attributes:
        mib: resident memory, each second.
        blocks: time of each block.
    """

    def __init__(self, page: Connection, process: int) -> None:
        super().__init__(daemon=True)
        self.mib: list[float] = []
        self.blocks: dict[int, float] = {}
        self.stop = threading.Event()
        self._page = page
        self._memory = Path(f"/proc/{process}/statm")

    def run(self) -> None:
        """Note until ``stop`` is set."""
        while not self.stop.wait(1):
            pages = int(self._memory.read_text().split()[1])
            self.mib.append(pages * resource.getpagesize() / 2**20)
            while self._page.poll():
                block, at = self._page.recv()
                self.blocks[block] = at


def main() -> None:
    """Serve, read and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--readers", type=positive, default=200, help="readers at once")
    parser.add_argument("--seconds", type=positive, default=60, help="how long they read")
    parser.add_argument("--loans", type=positive, default=2_000, help="loans at the start")
    options = parser.parse_args()

    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    page = context.Process(
        target=serve_growing, args=(there, options.loans, APART, EVERY), daemon=True
    )
    page.start()
    crowd = Crowd(here.recv())
    watched = Watched(here, page.pid or 0)
    watched.start()
    asyncio.run(crowd.read(options.readers, options.seconds))
    watched.stop.set()
    watched.join()
    here.send("stop")
    while isinstance((told := here.recv())[1], float):  # blocks that came meanwhile
        watched.blocks[told[0]] = told[1]
    page.join()
    for error in crowd.errors[:10]:
        print(error, file=sys.stderr)
    waits = delays(watched.blocks, crowd.seen)
    report(
        "a page under load",
        {
            "readers": options.readers,
            "seconds": options.seconds,
            "loans_at_the_start": options.loans,
            "blocks": len(watched.blocks),
            "pages_read": len(crowd.pages),
            "errors": len(crowd.errors),
            "page_median_ms": round(percentile(crowd.pages, 0.5) * 1000, 1),
            "page_p99_ms": round(percentile(crowd.pages, 0.99) * 1000, 1),
            "page_most_ms": round(max(crowd.pages) * 1000, 1),
            "movement_seen_median_s": round(percentile(waits, 0.5), 2),
            "movement_seen_p99_s": round(percentile(waits, 0.99), 2),
            "movement_seen_most_s": round(max(waits), 2),
            "first_mib": round(watched.mib[len(watched.mib) // 4]),
            "last_mib": round(watched.mib[-1]),
            "most_mib": round(max(watched.mib)),
            "sums_compared": told[0],
            "sums_unequal": told[1],
        },
        options.json,
    )


if __name__ == "__main__":
    main()
