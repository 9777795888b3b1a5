"""A narrator that remembers what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkcredit.chain import EmbeddedChain


class Heard:
    """``stages`` by title; ``lines`` in order, an attempt that was refused among them."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.lines: list[str] = []
        self.markets: list[str] = []

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def market(self, node: EmbeddedChain, address: str) -> None:
        assert node.code(address)
        self.markets.append(address)

    def stage(self, title: str, text: str) -> None:
        assert text
        self.stages.append(title)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def refused(self, attempt: str, error: str, message: str) -> None:
        assert message
        self.lines.append(f"{attempt}: {error}: {message}")
