"""Verdicts on presentations that somebody pastes or posts; nothing of them is kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import zkcredit.units as units
from zkcredit.errors import (
    ExpiredRequest,
    InvalidProof,
    MalformedFile,
    ZkCreditError,
)
from zkcredit.language import marked
from zkcredit.presentation import Presentation, verify
from zkcredit.published import dev_verifying_key
from zkcredit.request import ProofRequest
from zkcredit.request.circuit import require_key_of_request

if TYPE_CHECKING:
    from zkcredit.groth16 import VerifyingKey

__all__ = ["MOST_BYTES", "Busy", "Judge", "Verdict"]

MOST_BYTES: Final = 1 << 17
"""The most that a request to verify can have, both documents together."""

_AT_ONCE: Final = 4
_SECONDS: Final = 10.0


class Busy(Exception):
    """Something takes too long, or too much is asked for at once; it is worth to try again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says.

    Attributes:
        valid: whether the presentation answers the request.
        reason: why not, in words; empty if it does.
        error: the name of the error; empty if it is valid.
        statement: what the request asks for; empty if it cannot be read.
        pseudonym: who answered, within the request's scope; empty if it is not valid.
        development_key: whether the key is the development one, under which anybody can forge.
        in_words: the request in words, or empty.
    """

    valid: bool
    reason: str = ""
    error: str = ""
    statement: str = ""
    pseudonym: str = ""
    development_key: bool = False
    in_words: str = ""

    @property
    def malformed(self) -> bool:
        """Whether a document could not be read, so that nothing was judged."""
        return not self.valid and not self.statement

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "in_words"}


class Judge:
    """Verifies a few presentations at once, each within a deadline.

    Args:
        verifying_key: the key of the statement that requests ask for; the development key of each
            request's own statement by default, for tests only.
    """

    def __init__(self, verifying_key: VerifyingKey | None = None) -> None:
        self._key = verifying_key
        self._running = 0

    async def verdict(self, request: str, presentation: str) -> Verdict:
        """Return the verdict on two JSON documents.

        Raises:
            Busy: if too many are judged now, or this one takes longer than ten seconds.
        """
        if self._running >= _AT_ONCE:
            raise Busy(marked("Too many proofs are verified now. Try again."))
        self._running += 1
        work = asyncio.ensure_future(asyncio.to_thread(self.judge, request, presentation))
        work.add_done_callback(self._done)
        try:
            # what takes too long ends in its thread, and counts as running until then
            return await asyncio.wait_for(asyncio.shield(work), _SECONDS)
        except TimeoutError:
            raise Busy(marked("The proof took too long to verify. Try again.")) from None

    def judge(self, request: str, presentation: str) -> Verdict:
        """Return the verdict, in the thread that calls."""
        statement = in_words = ""
        development = self._key is None
        try:
            asked = ProofRequest.from_json(request)
            shown = Presentation.from_json(presentation)
            statement, in_words = asked.statement, asked.in_words()
            key = self._key or dev_verifying_key(statement)
            require_key_of_request(key, asked, None)
            verify(shown, asked, key, now=units.now())
        except (InvalidProof, ExpiredRequest) as error:
            return Verdict(
                False, str(error), type(error).__name__, statement, "", development, in_words
            )
        except ZkCreditError as error:
            name = "MalformedFile" if isinstance(error, MalformedFile) else type(error).__name__
            return Verdict(False, str(error), name, statement, "", development, in_words)
        return Verdict(True, "", "", statement, str(shown.pseudonym), development, in_words)

    def _done(self, work: asyncio.Future[Verdict]) -> None:
        self._running -= 1
        if not work.cancelled():
            work.exception()  # so that nobody is warned about an error of an abandoned one


def documents_of(content_type: str, body: bytes) -> tuple[str, str]:
    """Read the two documents from a form or from JSON.

    Args:
        content_type: the header of that name.
        body: what was posted.

    Returns:
        The request and the presentation, as text.

    Raises:
        MalformedFile: if the body does not have both.
    """
    from urllib.parse import parse_qs

    kind = content_type.partition(";")[0].strip().lower()
    try:
        text = body.decode("utf-8")
        if kind == "application/json":
            found = json.loads(text)
            parts = [found["request"], found["presentation"]]
            return tuple(one if isinstance(one, str) else json.dumps(one) for one in parts)  # type: ignore[return-value]
        if kind == "application/x-www-form-urlencoded":
            form = parse_qs(text, max_num_fields=8, strict_parsing=True)
            return form["request"][0], form["presentation"][0]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedFile(
            "post the fields request and presentation, each a JSON document"
        ) from error
    raise MalformedFile("post a form, or JSON with the fields request and presentation")
