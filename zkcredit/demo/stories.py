"""Which stories there are, and what each leaves behind. A story is loaded when it is told."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.demo.ledger import Funds, Refusal
    from zkcredit.demo.narrator import Narrator

__all__ = ["STORIES", "Sheet", "StoryResult", "tell_story"]

STORIES: Final[Mapping[str, str]] = {
    "loan": "zkcredit.demo:run_demo",
    "ledger": "zkcredit.demo.ledger_story:run_ledger_story",
    "escrow": "zkcredit.demo.escrow_story:run_escrow_story",
}
"""By name: the module of a story, and the function there that takes a narrator."""


@dataclass(frozen=True)
class Sheet:
    """A closing table. Cells are text; columns named in ``left`` are no numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[str] = frozenset()


class StoryResult(Protocol):
    """What came of a story: all that the command line shows of it."""

    refusals: list[Refusal]
    funds: Funds

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""

    def sheets(self) -> list[Sheet]:
        """The story's own tables; refusals and funds are shown for every story."""

    def closing(self) -> str:
        """The last words."""


def tell_story(name: str, narrator: Narrator | None = None) -> StoryResult:
    """Tell one of :data:`STORIES` on an embedded chain.

    Raises:
        InvalidInput: there is no story of this name.
        NodeUnavailable: the extra ``zkcredit[tester]`` is not installed.
        KernelError: something that must be refused went through, or the other way round.
        ChainError: the flow of funds is not conserved.
    """
    if name not in STORIES:
        raise InvalidInput(f"no story {name!r}; there are {', '.join(STORIES)}")
    module, _, function = STORIES[name].partition(":")
    tell: Callable[[Narrator | None], StoryResult] = getattr(import_module(module), function)
    return tell(narrator)
