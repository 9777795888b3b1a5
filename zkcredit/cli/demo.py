"""``zkcredit demo``: a whole story, told on standard error, with tables at the end."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.output import AS_JSON, emit

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from zkcredit.demo import StoryResult
    from zkcredit.demo.outcome import Funds


class Story(StrEnum):
    """The names of ``zkcredit.demo.STORIES``, so that help does not load the stories."""

    LOAN = "loan"
    SEASON = "season"
    LEDGER = "ledger"
    ESCROW = "escrow"


def demo(
    story: Annotated[Story, typer.Option("--story", help="Which story.")] = Story.LOAN,
) -> None:
    """Tell a whole story on an embedded chain: records, proofs, loans and refused frauds."""
    from rich.console import Console

    from zkcredit.demo import tell_story

    console = Console(stderr=True, highlight=False)
    console.print("First a chain and a wallet for everybody are made.", style="dim")
    result = tell_story(story.value, _Told(console))
    emit(result.to_json(), None if AS_JSON.get() else _tables(result))


class _Told:
    """A narrator that prints."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._stages = 0

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
