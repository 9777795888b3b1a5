"""The verifier's book of requests, each of which is answered at most once.

The book is one SQLite file with mode 0600 and without a password: a request is not secret, and the
book keeps only the pseudonym and the time of an answer. A request is in the book before anybody
gets it, and an answer is written before ``verify`` returns, so that a verifier that is killed at
any moment still accepts one answer only.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, Unpack

import zkcredit.units as units
from zkcredit._internal.checks import require_instance, require_int, require_path, require_uint
from zkcredit.errors import (
    AnsweredRequest,
    CredentialError,
    DamagedFile,
    InvalidInput,
    InvalidProof,
    OutOfRange,
)
from zkcredit.request.proof_request import ProofRequest
from zkcredit.schema import TIME_BITS
from zkcredit.storage import database

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from zkcredit.policy import Policy
    from zkcredit.request.proof_request import ProofParts
    from zkcredit.request.signing import RequestKey

    class _NewRequest(ProofParts, total=False):
        verifier: str
        purpose: str
        policy: Policy
        valid_for: int
        now: int | None


__all__ = ["Answer", "RequestBook"]

_PSEUDONYM: Final = re.compile(r"[0-9]{1,78}", re.ASCII)
_KIND: Final = database.FileKind(
    "request book",
    0x7A6B_6372,  # "zkcr"
    1,
    (
        "CREATE TABLE requests (id INTEGER PRIMARY KEY, nonce TEXT NOT NULL, "
        "document TEXT NOT NULL, expires_at INTEGER NOT NULL, answered_at INTEGER, "
        "pseudonym TEXT) STRICT",
        "CREATE UNIQUE INDEX nonces ON requests (nonce)",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request.

    Attributes:
        answered_at: Unix seconds at which it was accepted.
        pseudonym: the borrower's in the request's scope: the nullifier or the account's number.
    """

    answered_at: int
    pseudonym: int


class RequestBook:
    """A verifier's open book of requests; make one with ``open``.

    Use it as a context manager, or call ``close``. Threads may share it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a book, or make a new one if the file does not exist.

        Raises:
            InvalidInput: if the path cannot be opened or made.
            DamagedFile: if the file is not a request book, or it is corrupted.
            WalletError: if another process keeps the file locked.
        """
        where = require_path("path", path)
        if not os.path.lexists(where):
            # two processes may make it at once: the later one opens the other's file
            with suppress(InvalidInput):
                database.create(where, _KIND)
        return cls(where, database.connect(where, _KIND, any_thread=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RequestBook({str(self._path)!r})"

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._connection.close()

    def new(self, *, key: RequestKey | None = None, **parts: Unpack[_NewRequest]) -> ProofRequest:
        """Make a request and keep it.

        Args:
            key: the key to sign the request with; None for a request that is not signed.
            parts: the arguments of ``ProofRequest.new``.

        Raises:
            InvalidInput: if a part is not acceptable, or one that a request needs is missing.
            OutOfRange: if a number is out of its range.
            WalletError: if another process keeps the file locked, or the book is closed.
        """
        missing = {"verifier", "purpose", "policy", "valid_for"} - parts.keys()
        if missing:
            raise InvalidInput(f"a request needs {', '.join(sorted(missing))}")
        request = ProofRequest.new(**parts)
        if key is not None:
            request = request.signed(key)
        self.keep(request)
        return request

    def keep(self, request: ProofRequest) -> None:
        """Keep a request that was made elsewhere. Keeping it again changes nothing.

        Raises:
            InvalidInput: if the book has another request with this nonce.
            WalletError: if another process keeps the file locked, or the book is closed.
        """
        text = require_instance("the request", request, ProofRequest).to_json()
        row = (_nonce(request), text, request.expires_at)
        with self._lock, database.transaction(self._connection, self._path) as connection:
            known = connection.execute(
                "SELECT document FROM requests WHERE nonce = ?", row[:1]
            ).fetchone()
            if known is None:
                connection.execute(
                    "INSERT INTO requests (nonce, document, expires_at) VALUES (?, ?, ?)", row
                )
            elif known[0] != text:
                raise InvalidInput("the book has another request with this nonce")

    def get(self, nonce: int) -> ProofRequest:
        """Return the request with this nonce.

        Raises:
            InvalidInput: if the book does not have it.
            DamagedFile: if the book is corrupted.
            WalletError: if the book is closed, or locked by another process.
        """
        require_uint("nonce", nonce, 128)
        row = self._one("SELECT document FROM requests WHERE nonce = ?", f"{nonce:032x}")
        if row is None:
            raise InvalidInput("the book has no request with this nonce")
        return _kept(row[0])

    def answer_to(self, request: ProofRequest) -> Answer | None:
        """Return the answer that was accepted to a request, or None.

        Raises:
            DamagedFile: if the book is corrupted.
            WalletError: if the book is closed, or locked by another process.
        """
        row = self._one(
            "SELECT answered_at, pseudonym FROM requests WHERE nonce = ?", _nonce(request)
        )
        if row is None or row[0] is None:
            return None
        return _answer(*row)

    def open_requests(self, now: int | None = None) -> list[ProofRequest]:
        """Return the requests that wait for an answer and have not expired, the oldest first.

        Args:
            now: Unix seconds; the present by default.

        Raises:
            DamagedFile: if the book is corrupted.
            WalletError: if the book is closed, or locked by another process.
        """
        moment = units.now() if now is None else require_int("now", now)
        with self._lock, database.typed_errors(self._path):
            rows = self._connection.execute(
                "SELECT document FROM requests WHERE answered_at IS NULL AND expires_at >= ? "
                "ORDER BY id",
                (moment,),
            ).fetchall()
        return [_kept(text) for (text,) in rows]

    def forget(self, *, expired_before: int) -> int:
        """Remove the requests that expired before a time, and return how many.

        The expiry refuses further answers to such a request, so the book need not remember it.

        Args:
            expired_before: Unix seconds; not after the present.

        Raises:
            OutOfRange: if the time lies in the future.
            WalletError: if another process keeps the file locked, or the book is closed.
        """
        if require_uint("expired_before", expired_before, TIME_BITS) > units.now():
            raise OutOfRange("only requests that have expired can be forgotten")
        with self._lock, database.transaction(self._connection, self._path) as connection:
            return connection.execute(
                "DELETE FROM requests WHERE expires_at < ?", (expired_before,)
            ).rowcount

    def accept(self, request: ProofRequest, pseudonym: int, now: int) -> None:
        """Write down that a request was answered; ``verify`` calls this after all its checks.

        Args:
            request: the verifier's own copy.
            pseudonym: the borrower's pseudonym.
            now: Unix seconds.

        Raises:
            AnsweredRequest: if the request was answered before.
            InvalidProof: if the book does not have this request.
            DamagedFile: if the book is corrupted.
            WalletError: if another process keeps the file locked, or the book is closed.
        """
        key, text = _nonce(request), request.to_json()
        with self._lock, database.transaction(self._connection, self._path) as connection:
            done = connection.execute(
                "UPDATE requests SET answered_at = ?, pseudonym = ? "
                "WHERE nonce = ? AND document = ? AND answered_at IS NULL",
                (now, str(pseudonym), key, text),
            ).rowcount
            if done:
                return
            row = connection.execute(
                "SELECT document, answered_at, pseudonym FROM requests WHERE nonce = ?", (key,)
            ).fetchone()
        if row is None or row[0] != text:
            raise InvalidProof(
                "the request is not in the book: it was made elsewhere, or the book forgot it"
            )
        answer = _answer(*row[1:])
        raise AnsweredRequest(
            f"the request was answered at {units.format_time(answer.answered_at)}"
        )

    def _one(self, query: str, value: str) -> tuple[object, ...] | None:
        with self._lock, database.typed_errors(self._path):
            row: tuple[object, ...] | None = self._connection.execute(query, (value,)).fetchone()
        return row


def _nonce(request: ProofRequest) -> str:
    return f"{require_instance('the request', request, ProofRequest).nonce:032x}"


def _kept(text: object) -> ProofRequest:
    try:
        return ProofRequest.from_json(str(text))
    except (InvalidInput, CredentialError):
        raise DamagedFile(
            "the book holds a request that it did not write; restore it from a backup"
        ) from None


def _answer(moment: object, pseudonym: object) -> Answer:
    if (
        isinstance(moment, int)
        and 0 <= moment <= units.MAX_TIME
        and isinstance(pseudonym, str)
        and _PSEUDONYM.fullmatch(pseudonym)
    ):
        return Answer(moment, int(pseudonym))
    raise DamagedFile("the book holds an answer that it did not write; restore it from a backup")
