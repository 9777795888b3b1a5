"""Which stories there are. A story is loaded when it is told."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.result import StoryResult

__all__ = ["STORIES", "tell_story"]

STORIES: Final[Mapping[str, str]] = {
    "loan": "zkcredit.demo:run_demo",
    "ledger": "zkcredit.demo.ledger.story:run_ledger_story",
    "escrow": "zkcredit.demo.escrow.story:run_escrow_story",
}
"""By name: the module of a story, and the function there that takes a narrator."""


def tell_story(name: str, narrator: Narrator | None = None) -> StoryResult:
    """Tell one of ``STORIES`` on an embedded chain.

    Raises:
        InvalidInput: if there is no story of this name.
        NodeUnavailable: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if something that must be refused went through, or the other way round.
        ChainError: if the flow of funds is not conserved.
    """
    if name not in STORIES:
        raise InvalidInput(f"no story {name!r}; there are {', '.join(STORIES)}")
    module, _, function = STORIES[name].partition(":")
    tell: Callable[[Narrator | None], StoryResult] = getattr(import_module(module), function)
    return tell(narrator)
