"""What an index of 100,000 loans takes: time, memory and file, as they grow.

The chain is made while the index reads it, and the time for that is not counted; its memory is.
Each loan of six rows leaves 13 events. At the end each view of the page is made once.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measure import positive, report

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.chain.loan_chains import MARKET_AT, WATCHED  # noqa: E402
from support.chain.many_loans import ManyLoans  # noqa: E402

from zkcredit.chain.index.chain_index import ChainIndex  # noqa: E402
from zkcredit.chain.index.loans import LOANS  # noqa: E402
from zkcredit.page import Follower, Views  # noqa: E402

PIECES = 10


def peak_mib() -> int:
    """Return the most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def grown(index: ChainIndex, chain: ManyLoans, file: Path, loans: int) -> dict[str, Any]:
    """Read so many loans, and return what it has taken so far."""
    started, made = time.perf_counter(), chain.seconds
    chain.last = chain.end if loans == options.loans else chain.block_of(loans)
    index.catch_up()
    seconds = time.perf_counter() - started - (chain.seconds - made)
    mib = sum(path.stat().st_size for path in file.parent.iterdir()) / 2**20
    return {
        "events": chain.made, "seconds": round(seconds, 1), "peak_mib": peak_mib(),
        "file_mib": round(mib, 1),
    }  # fmt: skip


def views(index: ChainIndex, chain: ManyLoans) -> dict[str, Any]:
    """Make each view once, and return its seconds."""
    follower = Follower(index, chain, MARKET_AT, report=print)  # type: ignore[arg-type]
    follower.step()
    shown = Views(index, follower, MARKET_AT)
    found: dict[str, Any] = {}
    for name, make in (
        ("overview", shown.overview),
        ("loans", shown.loans),
        ("loans_in_default", lambda: shown.loans("defaulted")),
        ("loan", lambda: shown.loan(options.loans // 2)),
        ("portfolio", shown.portfolio),
        ("impact", shown.impact),
    ):
        started = time.perf_counter()
        make()
        found[f"{name}_s"] = round(time.perf_counter() - started, 3)
    return found


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--json", action="store_true", help="print one JSON document")
parser.add_argument("--loans", type=positive, default=100_000, help="number of loans")
options = parser.parse_args()

chain = ManyLoans(options.loans)
results: dict[str, Any] = {"loans": options.loans}
with TemporaryDirectory() as folder:
    file = Path(folder) / "loans.sqlite"
    with ChainIndex.over(file, chain, WATCHED, projections=[LOANS]) as index:
        for piece in range(1, PIECES + 1):
            loans = options.loans * piece // PIECES
            results[f"to_{loans}_loans"] = grown(index, chain, file, loans)
        steps = [one for one in results.values() if isinstance(one, dict)]
        results["index_s"] = round(sum(one["seconds"] for one in steps), 1)
        results |= views(index, chain)
results["peak_mib"] = peak_mib()
report("an index of many loans, and the page's views of it", results, options.json)
