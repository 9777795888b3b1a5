"""Serves a page: one thread follows the chain, and the server answers readers."""

from __future__ import annotations

import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import uvicorn

from zkcredit.errors import InvalidInput
from zkcredit.page.app import make_app
from zkcredit.page.follower import Follower
from zkcredit.page.verdicts import Judge
from zkcredit.page.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.index.chain_index import ChainIndex
    from zkcredit.chain.nodes.node import Node
    from zkcredit.groth16 import VerifyingKey

__all__ = ["serve"]

_WAITING: Final = 512  # connections that may wait


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
    app = make_app(Views(index, follower, market), follower, Judge(verifying_key))
    listening = _listen(host, port)
    report(f"the page is at http://{_shown(host)}:{listening.getsockname()[1]}")
    stop = Event()
    thread = Thread(target=follower.run, args=(stop, every), name="follower", daemon=True)
    thread.start()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=2,
        limit_concurrency=2_000,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        stop.set()
        thread.join(10)
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
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
