"""``zkcredit demo``: a whole story, told on standard error, with tables at the end."""

from contextlib import ExitStack, suppress
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.output import AS_JSON, emit
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from zkcredit.chain import EmbeddedChain
    from zkcredit.demo import StoryResult
    from zkcredit.demo.outcome import Funds
    from zkcredit.page import ServedPage


class Story(StrEnum):
    """The names of ``zkcredit.demo.STORIES``, so that help does not load the stories."""

    LOAN = "loan"
    SEASON = "season"
    HISTORY = "history"
    LEDGER = "ledger"
    ESCROW = "escrow"


def demo(
    story: Annotated[Story, typer.Option("--story", help="Which story.")] = Story.LOAN,
    *,
    page: Annotated[
        bool,
        typer.Option("--page", help="Show each movement on a page while it happens; needs [page]."),
    ] = False,
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65_535, help="The page's port; 0 chooses a free one."),
    ] = 8000,
    stay: Annotated[
        bool, typer.Option("--stay", help="Keep the page after the story, until Ctrl-C.")
    ] = False,
) -> None:
    """Tell a whole story on an embedded chain: records, proofs, loans and refused frauds."""
    from rich.console import Console

    from zkcredit.demo import tell_story

    if stay and not page:
        raise InvalidInput("--stay keeps the page of --page; give both")
    if page:
        import zkcredit.page  # noqa: F401 - a missing extra is told before the story
    console = Console(stderr=True, highlight=False)
    console.print("First a chain and a wallet for everybody are made.", style="dim")
    with ExitStack() as pages:
        told = _Told(console, pages, port if page else None)
        result = tell_story(story.value, told)
        told.close()
        emit(result.to_json(), None if AS_JSON.get() else _tables(result))
        if stay:
            told.stay()


class _Told:
    """A narrator that prints.

    Args:
        console: where it prints.
        pages: closes the page.
        port: of a page that shows the market; None for none.
    """

    def __init__(self, console: "Console", pages: ExitStack, port: int | None) -> None:
        self._console = console
        self._pages = pages
        self._port = port
        self._page: ServedPage | None = None
        self._stages = 0

    def market(self, node: "EmbeddedChain", address: str) -> None:
        """Open the page of the story's market, if one is wanted."""
        if self._port is None:
            return
        from zkcredit.chain import ChainIndex
        from zkcredit.chain.index.loans import LOANS
        from zkcredit.chain.index.watching import loans_watched
        from zkcredit.page import serving

        watched = loans_watched(node, address, 1)
        index = ChainIndex.open(None, node, watched, projections=[LOANS])
        self._pages.enter_context(index)
        served = serving(index, node, address, port=self._port, every=0.2, report=self._aside)
        self._page = self._pages.enter_context(served)
        self._aside(f"the page of the market is at {self._page.url}")

    def close(self) -> None:
        """Say what the page compared, after the story."""
        if self._page is None:
            return
        seen = self._page.finish()
        self._aside(
            f"after each block the page compared the sum of all events with the market's balance: "
            f"{seen.compared} times, {seen.unequal or 'never'} different"
        )

    def stay(self) -> None:
        """Keep the page until the process is told to stop."""
        if self._page is not None:
            self._aside(f"the page stays at {self._page.url} until Ctrl-C")
            with suppress(KeyboardInterrupt):
                _wait()

    def _aside(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False, soft_wrap=True)

    def stage(self, title: str, text: str) -> None:
        """Print a stage's title and what it will show."""
        self._stages += 1
        self._console.print(f"\n[bold]{self._stages}. {title}[/bold]")
        self._console.print(text, style="dim")

    def line(self, text: str) -> None:
        """Print what happened."""
        self._console.print(f"   {text}", markup=False)

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Print what was tried and how it was refused."""
        self._console.print(f"   [red]✗[/red] {attempt}: [bold]{error}[/bold]")


def _wait() -> None:
    """Wait for Ctrl-C."""
    Event().wait()


def _tables(result: "StoryResult") -> "RenderableType":
    from rich.console import Group
    from rich.table import Table

    parts: list[RenderableType] = []
    for sheet in result.sheets():
        table = Table(title=sheet.title, title_justify="left")
        for name in sheet.columns:
            table.add_column(name, justify="left" if name in sheet.left else "right")
        for row in sheet.rows:
            table.add_row(*row)
        parts += ["", table]
    frauds = Table(title="Tried and refused", title_justify="left")
    for name in ("attempt", "refused by", "with"):
        frauds.add_column(name)
    for refusal in result.refusals:
        frauds.add_row(refusal.attempt, refusal.by, refusal.contract_error or refusal.error)
    closing = f"\n{result.closing()}"
    return Group(*parts, "", frauds, "", _funds(result.funds), closing)


def _funds(funds: "Funds") -> "RenderableType":
    from rich.table import Table

    table = Table(title="Where the money went (cents)", title_justify="left")
    table.add_column("party")
    for name in ("before", "after", "difference"):
        table.add_column(name, justify="right")
    borrowers = {
        "before": sum(v for k, v in funds.before.items() if k.startswith("applicant")),
        "after": sum(v for k, v in funds.after.items() if k.startswith("applicant")),
    }
    rows = [
        (name, before, funds.after[name])
        for name, before in funds.before.items()
        if not name.startswith("applicant")
    ]
    rows.append(("all borrowers", borrowers["before"], borrowers["after"]))
    for name, before, after in rows:
        table.add_row(name, f"{before:,}", f"{after:,}", f"{after - before:+,}")
    table.add_section()
    total = sum(funds.after.values())
    table.add_row("together", f"{funds.minted:,}", f"{total:,}", f"{total - funds.minted:+,}")
    return table
