"""The error that ends a story."""

from __future__ import annotations

from zkcredit.errors import InternalError

__all__ = ["StoryFailed"]


class StoryFailed(InternalError):
    """A fraud succeeded, or an honest step was refused. The story ends."""
