"""Serves a page: one thread follows the chain, and the server answers readers."""

from __future__ import annotations

import gc
import socket
import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import uvicorn

from zkcredit.errors import InvalidInput
from zkcredit.page.app import make_app
from zkcredit.page.follower import Follower
from zkcredit.page.verdicts import Judge
from zkcredit.page.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.index.chain_index import ChainIndex
    from zkcredit.chain.nodes.node import Node
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.page.follower import Status

__all__ = ["ServedPage", "serve", "serving"]

_WAITING: Final = 512  # connections that may wait
_PREPARING: Final = 2.0  # seconds that the first views may take before readers are answered
_SWITCH: Final = 0.0005  # seconds for which one thread computes while others wait


class ServedPage:
    """A page that follows a chain and answers readers; ``serving`` makes one.

    Attributes:
        url: its address.
    """

    def __init__(
        self,
        follower: Follower,
        views: Views,
        server: uvicorn.Server,
        listening: socket.socket,
        url: str,
    ) -> None:
        self.url = url
        self._views = views
        self._follower = follower
        self._server = server
        self._listening = listening
        self._stop = Event()
        self._froze = False
        self._following: Thread | None = None
        self._answering: Thread | None = None

    @property
    def status(self) -> Status:
        """How far the page has read."""
        return self._follower.status

    def follow(self, every: float) -> None:
        """Begin to follow the chain, in a thread.

        Args:
            every: seconds between two questions to the node.
        """
        self._following = Thread(
            target=self._follower.run, args=(self._stop, every), name="follower", daemon=True
        )
        self._following.start()

    def finish(self) -> Status:
        """Read what is new for the last time; the page goes on to show what was read."""
        self._stop.set()
        if self._following is not None:
            self._following.join()
            self._following = None
            self._follower.step()
        return self.status

    def prepare(self) -> None:
        """Make what the first readers ask for, or go on without it after some seconds.

        What is in memory then stays: the search for garbage leaves it out, because it would stop
        all readers for a tenth of a second. A process that froze its memory itself keeps its own.
        """
        first = Thread(target=self._views.prepare, name="first views", daemon=True)
        first.start()
        first.join(_PREPARING)
        if not gc.get_freeze_count():
            gc.collect()
            gc.freeze()
            self._froze = True

    def answer(self) -> None:
        """Answer readers until the process is told to stop.

        Meanwhile the interpreter changes between threads more often: the loop, which needs little,
        does not wait for those that make reports.
        """
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        try:
            self._server.run(sockets=[self._listening])
        finally:
            sys.setswitchinterval(before)

    def answer_aside(self) -> None:
        """Answer readers in a thread, until ``close``."""
        self._answering = Thread(target=self.answer, name="page", daemon=True)
        self._answering.start()

    def close(self) -> None:
        """End both threads."""
        self._stop.set()
        self._server.should_exit = True
        for thread in (self._following, self._answering):
            if thread is not None:
                thread.join(10)
        self._listening.close()
        if self._froze:
            gc.unfreeze()
            self._froze = False


def serve(
    index: ChainIndex,
    node: Node,
    market: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    every: float = 1.0,
    verifying_key: VerifyingKey | None = None,
    tree: HistoryTreeClient | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page of a market until the process is told to stop.

    Args:
        index: an index with the projection ``LOANS``.
        node: the node to follow.
        market: address of the market.
        host: address to listen on; only this machine by default.
        port: port to listen on; 0 chooses a free one.
        every: seconds between two questions to the node.
        verifying_key: the key for the proof checker; the development keys by default.
        tree: the history tree of the market's bureau, whose lag the page shows; None for none.
        report: called with a line for whoever runs the page.

    Raises:
        InvalidInput: if the address cannot be listened on.
    """
    follower = Follower(index, node, market, report=report, tree=tree)
    page = _page(index, follower, market, (host, port), verifying_key)
    try:
        report(f"the page is at {page.url}")
        page.follow(every)
        page.prepare()
        page.answer()
    finally:
        page.close()


@contextmanager
def serving(
    index: ChainIndex,
    node: Node,
    market: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    every: float = 1.0,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[ServedPage]:
    """Serve the page of a market while something else happens in this process.

    Args:
        index: an index with the projection ``LOANS``.
        node: the node to follow, which threads may share.
        market: address of the market.
        host: address to listen on; only this machine by default.
        port: port to listen on; 0 chooses a free one.
        every: seconds between two questions to the node.
        report: called with a line for whoever runs the page.

    Raises:
        InvalidInput: if the address cannot be listened on.
    """
    follower = Follower(index, node, market, report=report)
    page = _page(index, follower, market, (host, port), None)
    try:
        follower.step()  # what happens from now on is compared after each block
        page.prepare()
        page.follow(every)
        page.answer_aside()
        yield page
    finally:
        page.close()


def _page(
    index: ChainIndex,
    follower: Follower,
    market: str,
    address: tuple[str, int],
    verifying_key: VerifyingKey | None,
) -> ServedPage:
    views = Views(index, follower, market)
    app = make_app(
        views,
        follower,
        Judge(verifying_key),
        ending=lambda: server.should_exit,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=2,
        limit_concurrency=2_000,
    )
    server = uvicorn.Server(config)
    listening = _listen(*address)
    url = f"http://{_shown(address[0])}:{listening.getsockname()[1]}"
    return ServedPage(follower, views, server, listening, url)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named because asyncio turns off Nagle's algorithm only then: it would hold
    # the second part of each answer for 40 milliseconds
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(_WAITING)  # whoever is told the address can connect at once
    except (OSError, UnicodeError) as error:
        found.close()
        reason = getattr(error, "strerror", None) or "it is not an address"
        raise InvalidInput(
            f"the page cannot listen on {host} port {port}: {reason}; name another --host or --port"
        ) from None
    return found


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
