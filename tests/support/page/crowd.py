"""Many readers at once: each follows a page live, reads after each block, and looks around.

Their client is aiohttp's, because readers and page share a machine: a client that needs more of it
than the page would measure itself.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATHS = (
    "/", "/loans", "/loans?state=active", "/loans/7", "/portfolio", "/impact", "/verify", "/api",
    "/api/status", "/api/loans/9",
)  # fmt: skip
WATCHER = 5  # one of so many readers notes when movements come
CLICK = 4.0  # seconds between two pages that a reader opens, on average
PATIENCE = 60.0


@dataclass
class Crowd:
    """The readers, and what they saw.

    Attributes:
        url: the page's address.
        pages: seconds of each page that was read.
        errors: what went wrong.
        seen: for each watcher's reading, its time and the newest block with a movement on the page.
    """

    url: str
    pages: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seen: list[list[tuple[float, int]]] = field(default_factory=list)

    async def read(self, readers: int, seconds: float) -> None:
        """Let so many readers read for so long, and until one of them saw a movement come."""
        connections = aiohttp.TCPConnector(limit=3 * readers)
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(
            self.url, connector=connections, timeout=patience
        ) as client:
            everybody = [
                asyncio.create_task(one)
                for number in range(readers)
                for one in (self._follow(client, number), self._click(client, number))
            ]
            done, going = await asyncio.wait(everybody, timeout=seconds)
            while (
                going
                and not done
                and not any(len({new for _, new in one}) > 1 for one in self.seen)
            ):
                done, going = await asyncio.wait(everybody, timeout=1)
            self.errors += [f"ended early: {one.exception()!r}" for one in done]
            for one in going:
                one.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def _follow(self, client: aiohttp.ClientSession, number: int) -> None:
        path = PATHS[number % len(PATHS)]
        mine: list[tuple[float, int]] = []
        if number % WATCHER == 0:
            self.seen.append(mine)
            path = "/api/overview"
        await asyncio.sleep(number / 500)  # they do not all come in one moment
        forever = aiohttp.ClientTimeout(total=None)
        async with client.get("/events", timeout=forever) as news:
            async for line in news.content:
                if not line.startswith(b"data: "):
                    continue
                text = await self._page(client, path)
                if number % WATCHER == 0 and text:
                    newest = json.loads(text)["movements"][0]["block"]
                    mine.append((time.monotonic(), newest))

    async def _click(self, client: aiohttp.ClientSession, number: int) -> None:
        draw = random.Random(number)
        while True:
            await asyncio.sleep(draw.uniform(0, 2 * CLICK))
            await self._page(client, draw.choice(PATHS))

    async def _page(self, client: aiohttp.ClientSession, path: str) -> str:
        started = time.monotonic()
        try:
            async with client.get(path) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.errors.append(f"{path}: {error!r}")
            return ""
        if answer.status != 200:
            self.errors.append(f"{path}: {answer.status}")
            return ""
        self.pages.append(time.monotonic() - started)
        return text


def delays(blocks: Mapping[int, float], seen: Sequence[Sequence[tuple[float, int]]]) -> list[float]:
    """Return how long after each block each watcher saw its movements, in seconds.

    Args:
        blocks: time of each block with movements.
        seen: of each watcher the times at which it read, and the newest block that it saw then.
    """
    found = []
    for mine in seen:
        for block, at in blocks.items():
            first = next((when for when, newest in mine if newest >= block), None)
            if first is not None:
                found.append(first - at)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values are."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
