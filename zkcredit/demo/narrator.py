"""Who hears the story while it happens."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Narrator", "Silent"]


class Narrator(Protocol):
    """Hears the stages and what happens in them; printing is its business alone."""

    def stage(self, title: str, text: str) -> None:
        """A new stage begins; ``text`` says what will be seen."""

    def line(self, text: str) -> None:
        """Something happened."""

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Something was tried and refused with a typed error."""


class Silent:
    """Hears the story and says nothing."""

    def stage(self, title: str, text: str) -> None:
        """Say nothing."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Say nothing."""
