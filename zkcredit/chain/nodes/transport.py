"""HTTP requests to a node that may be slow or hostile, with limits of time and memory.

The timeout of a usual HTTP client counts from one read to the next, so a server that sends a byte
now and then can hold it for ever. Here one deadline applies to the whole call, from the resolution
of the name to the last byte, and every wait gets only the rest. The bytes of an answer are counted
after decompression, piece by piece, and a piece never grows beyond the limit. Redirects are not
followed; proxies, credentials and certificates from the environment are not used.
"""

from __future__ import annotations

import base64
import email.utils
import http.client
import io
import select
import socket
import ssl
import time
import weakref
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import SplitResult, quote, unquote

from zkcredit.chain.nodes.deadline import left
from zkcredit.errors import NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer

__all__ = ["MOST_BYTES", "Transport"]

MOST_BYTES: Final = 32 << 20
"""Maximum number of bytes of one answer, after decompression (32 MiB)."""

_MOST_PARTS: Final = 1 << 20  # commas of one answer: each may become an object of Python
_PIECE: Final = 1 << 16
_FIRST_PAUSE: Final = 1.0  # seconds after "too many requests" without a time; then doubled


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    retry_after: str | None
    body: bytes


@dataclass(slots=True, weakref_slot=True, eq=False)
class Transport:
    """Posts documents to one URL; several threads may use it.

    Attributes:
        url: the parsed URL: http or https, with a host.
        name: the node's name in errors, because the URL may contain an access token.
        timeout: seconds for one call of ``post``, with the waits for a busy node.
        most_bytes: maximum number of bytes of an answer.
        clock: a monotonic clock, in seconds.
        sleep: a function that waits for a number of seconds.
    """

    url: SplitResult = field(repr=False)
    name: str
    timeout: float
    most_bytes: int = MOST_BYTES
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _idle: list[socket.socket] = field(default_factory=list, init=False, repr=False)
    _context: ssl.SSLContext | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        weakref.finalize(self, _close_all, self._idle)
        if self.url.scheme == "https":
            import certifi

            self._context = ssl.create_default_context(cafile=certifi.where())

    def close(self) -> None:
        """Close the connections that wait for further requests; a second call does nothing."""
        _close_all(self._idle)

    def post(self, document: bytes) -> bytes:
        """Post a JSON document and return the answer's body.

        If a node answers "too many requests", it is asked again at the time that it names, if this
        is before the deadline.

        Raises:
            NodeUnavailable: if the node cannot be reached, does not answer in time, answers with
                another status than 200, or sends too much. It may still have acted on the request.
        """
        deadline = self.clock() + min(self.timeout, max(left(), 0))
        pause = _FIRST_PAUSE
        while True:
            answer = self._ask(document, deadline)
            if answer.status == http.client.OK:
                return answer.body
            if answer.status != http.client.TOO_MANY_REQUESTS:
                moved = ", a redirect, which is not followed" if answer.status // 100 == 3 else ""
                raise NodeUnavailable(f"{self.name} answers with HTTP {answer.status}{moved}")
            wait = _seconds(answer.retry_after)
            if wait is None:
                wait, pause = pause, 2 * pause
            if self.clock() + wait >= deadline:
                raise NodeUnavailable(
                    f"{self.name} gets too many requests and asks to wait for {wait:.0f} s"
                )
            self.sleep(wait)

    def _ask(self, document: bytes, deadline: float) -> _Answer:
        connection: socket.socket | None = None
        try:
            connection = self._connection(deadline)
            connection.settimeout(self._left(deadline))
            connection.sendall(self._head(len(document)) + document)
            source = cast("socket.socket", _Source(connection, lambda: self._left(deadline)))
            with http.client.HTTPResponse(source, method="POST") as response:
                response.begin()
                ok = response.status == http.client.OK
                body = self._body(response) if ok else b""
                if ok and not response.will_close and response.isclosed():
                    self._idle.append(connection)
                    connection = None
                return _Answer(response.status, response.getheader("Retry-After"), body)
        except TimeoutError:
            raise NodeUnavailable(f"{self.name} did not answer within {self.timeout:g} s") from None
        except (OSError, http.client.HTTPException, UnicodeError, ValueError, zlib.error) as error:
            reason = type(error).__name__
            raise NodeUnavailable(f"{self.name} cannot be reached ({reason})") from error
        finally:
            if connection is not None:
                connection.close()

    def _left(self, deadline: float) -> float:
        left = deadline - self.clock()
        if left <= 0:
            raise TimeoutError
        return left

    def _connection(self, deadline: float) -> socket.socket:
        while self._idle:
            waiting = self._idle.pop()
            # Readable before a request: the server closed it, or sends what nobody asked for.
            look = select.poll()
            look.register(waiting, select.POLLIN)
            if not look.poll(0):
                return waiting
            waiting.close()
        host, port = cast("str", self.url.hostname), self.url.port
        places = socket.getaddrinfo(
            host, port or (443 if self._context else 80), type=socket.SOCK_STREAM
        )
        failure: OSError = OSError("the name has no address")
        for family, kind, protocol, _, place in places:
            bare = socket.socket(family, kind, protocol)
            try:
                bare.settimeout(self._left(deadline))
                bare.connect(place)
                bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._context is None:
                    return bare
                bare.settimeout(self._left(deadline))
                return self._context.wrap_socket(bare, server_hostname=host)
            except OSError as error:
                bare.close()
                failure = error
        raise failure

    def _head(self, length: int) -> bytes:
        host = cast("str", self.url.hostname).encode("idna").decode()
        host = f"[{host}]" if ":" in host else host
        where = quote(self.url.path or "/", safe="/%:@!$&'()*+,;=~-._")
        if self.url.query:
            where += "?" + quote(self.url.query, safe="/%:@!$&'()*+,;=~-._?")
        lines = [
            f"POST {where} HTTP/1.1",
            f"Host: {host}" + (f":{self.url.port}" if self.url.port else ""),
            "User-Agent: zkcredit",
            "Accept: application/json",
            "Accept-Encoding: gzip",
            "Content-Type: application/json",
            f"Content-Length: {length}",
        ]
        if self.url.username is not None:
            who = f"{unquote(self.url.username)}:{unquote(self.url.password or '')}"
            lines.append(f"Authorization: Basic {base64.b64encode(who.encode()).decode()}")
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
        if coding not in {"identity", "gzip", "x-gzip", "deflate"}:
            raise NodeUnavailable(f"{self.name} answers in an encoding that was not asked for")
        # 32: zlib detects whether the format is gzip or its own.
        inflate = None if coding == "identity" else zlib.decompressobj(32 + zlib.MAX_WBITS)
        body = bytearray()
        while piece := response.read(_PIECE):
            for part in (piece,) if inflate is None else _inflated(inflate, piece):
                body += part
                if len(body) > self.most_bytes:
                    raise NodeUnavailable(f"{self.name} sends more than {self.most_bytes} bytes")
        if response.length or (inflate is not None and not inflate.eof):
            raise NodeUnavailable(f"{self.name} sends an incomplete answer")
        if body.count(b",") > _MOST_PARTS:
            raise NodeUnavailable(f"{self.name} sends an answer of more than {_MOST_PARTS} parts")
        return bytes(body)


class _Source(io.RawIOBase):
    """A connection whose reads each take at most the rest of the call's time."""

    def __init__(self, connection: socket.socket, left: Callable[[], float]) -> None:
        self._connection = connection
        self._left = left

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a buffered reader, which ``http.client`` expects from a socket."""
        return io.BufferedReader(self, _PIECE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._connection.settimeout(self._left())
        return self._connection.recv_into(buffer)


def _inflated(inflate: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    part = inflate.decompress(piece, _PIECE)
    while part:
        yield part
        part = inflate.decompress(inflate.unconsumed_tail, _PIECE)


def _seconds(retry_after: str | None) -> float | None:
    """Read a ``Retry-After``: seconds, or a date; None if it is absent or has another form."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def _close_all(connections: list[socket.socket]) -> None:
    while connections:
        connections.pop().close()
