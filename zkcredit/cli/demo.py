"""``zkcredit demo``: the whole story, told on standard error, with tables at the end."""

from typing import TYPE_CHECKING

from zkcredit.cli.output import AsJson, emit

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from zkcredit.demo import DemoResult


def demo(as_json: AsJson = False) -> None:
    """Tell the whole story on an embedded chain: records, proofs, loans, frauds refused."""
    from rich.console import Console

    from zkcredit.demo import run_demo

    result = run_demo(_Told(Console(stderr=True, highlight=False)))
    emit(result.to_json(), as_json, None if as_json else _tables(result))


class _Told:
    """A narrator that prints."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._stages = 0

    def stage(self, title: str, text: str) -> None:
        """Print a stage's title and what will be seen."""
        self._stages += 1
        self._console.print(f"\n[bold]{self._stages}. {title}[/bold]")
        self._console.print(text, style="dim")

    def line(self, text: str) -> None:
        """Print what happened."""
        self._console.print(f"   {text}", markup=False)

    def refused(self, attempt: str, error: str, message: str) -> None:
        """Print what was tried and how it was refused."""
        self._console.print(f"   [red]✗[/red] {attempt}: [bold]{error}[/bold]")


def _tables(result: "DemoResult") -> "RenderableType":
    from rich.console import Group
    from rich.table import Table

    people = Table(title="What came of everybody (amounts in cents)", title_justify="left")
    for name in ("no.", "score", "asked", "outcome", "inst.", "fees", "paid"):
        people.add_column(name, justify="left" if name == "outcome" else "right")
    for entry in result.applicants:
        outcome = entry.state
        if entry.missed:
            outcome += f": {', '.join(entry.missed)}"
        loan = entry.loan_id is not None
        people.add_row(
            str(entry.number),
            str(entry.score),
            f"{entry.principal:,}",
            outcome,
            str(entry.instalments_paid) if loan else "",
            f"{entry.fees:,}" if loan else "",
            f"{entry.paid:,}" if loan else "",
        )
    frauds = Table(title="Tried and refused", title_justify="left")
    for name in ("attempt", "refused by", "with"):
        frauds.add_column(name)
    for refusal in result.refusals:
        frauds.add_row(refusal.attempt, refusal.by, refusal.contract_error or refusal.error)
    return Group("", people, "", frauds, "", _funds(result), _closing(result))


def _funds(result: "DemoResult") -> "RenderableType":
    from rich.table import Table

    funds = result.funds
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


def _closing(result: "DemoResult") -> str:
    loans = sum(entry.loan_id is not None for entry in result.applicants)
    moved = ", ".join(f"{name} {amount:,}" for name, amount in result.funds.flows.items())
    return (
        f"\n{len(result.applicants)} applicants, {loans} loans, {result.proofs} proofs, "
        f"{len(result.refusals)} attempts refused. Moved: {moved}.\n"
        f"Conserved to the unit; the market keeps {result.funds.held:,}, which the shares of the "
        f"defaulted loan round down. {result.seconds:.0f} s on {result.chain}."
    )
