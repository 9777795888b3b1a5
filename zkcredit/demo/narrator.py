"""The listener to a story while it happens, and how numbers are written in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zkcredit.chain import EmbeddedChain

__all__ = ["Narrator", "Silent", "money", "shortfalls"]


class Narrator(Protocol):
    """Hears the stages and what happens in them; only a narrator prints."""

    def market(self, node: EmbeddedChain, address: str) -> None:
        """The story's market stands on this chain; whoever wants can follow it from now on."""

    def stage(self, title: str, text: str) -> None:
        """A new stage begins; ``text`` says what it will show."""

    def line(self, text: str) -> None:
        """Something happened."""

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Something was tried and refused with a typed error."""


class Silent:
    """Hears the story and says nothing."""

    def market(self, node: EmbeddedChain, address: str) -> None:
        """Say nothing."""

    def stage(self, title: str, text: str) -> None:
        """Say nothing."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Say nothing."""


def money(minor: int) -> str:
    """Return an amount in cents as people write it."""
    return f"{minor // 100}.{minor % 100:02d} EUR"


def shortfalls(missed: dict[str, int]) -> str:
    """Return missed conditions as the end of a sentence."""
    return ", ".join(f"{name} missed by {amount}" for name, amount in missed.items())
