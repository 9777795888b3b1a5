"""A node for pages over made chains, and what a reader sees of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from support.chain.loan_chains import TOKENS

from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from support.chain.loan_chains import LoanChain


class FarNode:
    """Answers what a page asks beside the index: balances, from the books of a made chain."""

    name = "node at secret-key.example"

    def __init__(self, chain: LoanChain) -> None:
        self.chain = chain
        self.error: Exception | None = None
        self.more = 0
        self.more_after: dict[int, int] = {}
        self.calls = 0

    def call(self, token: str, _: bytes, *, block: int) -> bytes:
        """The balance of a token after a block."""
        self.calls += 1
        if self.error is not None:
            raise self.error
        held = self.chain.blocks[block].books.held[TOKENS.index(token)]
        return (held + self.more + self.more_after.get(block, 0)).to_bytes(32)


GONE = ChainError("the node does not have the state of this block any more")


class Seen(HTMLParser):
    """The parts of a page that tests ask about.

    Attributes:
        tags: name and attributes of each element.
        links: where its links lead.
    """

    VOID = ("meta", "link", "br", "input", "rect", "line", "circle", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"elements that do not end: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Words."""
        self.words.append(data)

    @property
    def links(self) -> list[str]:
        """Where links lead."""
        return [found["href"] or "" for tag, found in self.tags if tag == "a"]

    @property
    def text(self) -> str:
        """All words."""
        return " ".join(" ".join(self.words).split())
