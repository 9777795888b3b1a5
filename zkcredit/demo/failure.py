"""The one error of the demo's own."""

from __future__ import annotations

from zkcredit.errors import InternalError

__all__ = ["StoryFailed"]


class StoryFailed(InternalError):
    """Something that must be refused went through, or the other way round. The story ends."""
