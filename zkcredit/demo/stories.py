"""The stories by name. A story's module is loaded when it is told."""

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
    "season": "zkcredit.demo.season.story:run_season_story",
    "history": "zkcredit.demo.history.story:run_history_story",
    "ledger": "zkcredit.demo.ledger.story:run_ledger_story",
    "escrow": "zkcredit.demo.escrow.story:run_escrow_story",
}
"""For each name, the module of the story, and its function that takes a narrator."""


def tell_story(name: str, narrator: Narrator | None = None) -> StoryResult:
    """Tell one of ``STORIES`` on an embedded chain.

    Raises:
        InvalidInput: if there is no story of this name.
        MissingExtra: if the extra ``zkcredit[tester]`` is not installed.
        StoryFailed: if a fraud succeeds, or an honest step is refused.
        ChainError: if the flow of funds is not conserved.
    """
    if name not in STORIES:
        raise InvalidInput(f"there is no story {name!r}; known: {', '.join(STORIES)}")
    module, _, function = STORIES[name].partition(":")
    tell: Callable[[Narrator | None], StoryResult] = getattr(import_module(module), function)
    return tell(narrator)
