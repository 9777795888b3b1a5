"""``zkcredit portfolio`` and ``zkcredit impact``: reports over all loans of a market."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import DeploymentFile, NodeOptions, OnLedger
from zkcredit.cli.options import read_text
from zkcredit.cli.output import emit
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zkcredit.chain import ChainIndex, Node
    from zkcredit.chain.index.loan_histories import Histories
    from zkcredit.portfolio import Sheet

Chart = Annotated[
    Path | None, typer.Option("--chart", help="Also draw it, as .svg or .png; needs [charts].")
]
Tables = Annotated[
    Path | None, typer.Option("--csv", help="A folder in which to write each table as a CSV file.")
]


@dataclass(frozen=True, kw_only=True)
class IndexOptions(NodeOptions):
    """A market on a chain, and the index of its loans."""

    deployment: DeploymentFile
    ledger: OnLedger = False
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            help="The file of the index, or postgresql://…; made at the first use, none by "
            "default.",
        ),
    ] = None

    def check(self) -> None:
        """Read the deployment's file.

        Raises:
            InvalidInput: if the file cannot be read.
            MalformedFile: if the file does not name a deployment.
        """
        from zkcredit.chain.deployment import Deployment

        read_text(self.deployment)
        Deployment.load(self.deployment)

    @contextmanager
    def open(self) -> "Iterator[tuple[ChainIndex, Node, str]]":
        """Give the index, the node and the market's address.

        Raises:
            NodeUnavailable: if the node does not answer, or belongs to another chain.
            InvalidInput: if the deployment's market has products of another kind.
            OtherIndex: if the database is an index of something else.
        """
        from zkcredit.chain import ChainIndex
        from zkcredit.chain.deployment import Deployment
        from zkcredit.chain.index.loans import LOANS
        from zkcredit.chain.index.watching import loans_watched
        from zkcredit.errors import NodeUnavailable

        found, node = Deployment.load(self.deployment), self.connect()
        if node.network != found.network:
            raise NodeUnavailable(f"{node!r} is not on the chain of this deployment")
        place = found if not self.ledger else found.ledger
        if place is None:
            raise InvalidInput("this deployment has no credit ledger; leave --ledger out")
        contracts = loans_watched(node, place.market, place.block)
        with ChainIndex.open(self.database, node, contracts, projections=[LOANS]) as index:
            yield index, node, place.market


@dataclass(frozen=True, kw_only=True)
class ReportOptions(IndexOptions):
    """A market on a chain, the index of its loans, and the time of the report."""

    at: Annotated[
        str | None,
        typer.Option(
            "--at", help="As of a time such as 2026-11-30T12:00:00Z; the newest by default."
        ),
    ] = None

    def check(self) -> None:
        """Read the deployment's file and the time.

        Raises:
            InvalidInput: if the file cannot be read, or the text is not a time.
            MalformedFile: if the file does not name a deployment.
        """
        from zkcredit.units import parse_time

        super().check()
        if self.at is not None:
            parse_time(self.at)

    def histories(self) -> "tuple[Histories, int]":
        """Catch up with the chain, and return all loans with the time of the report; see ``open``.

        Raises:
            ChainError, InvalidInput, OtherIndex: if ``open`` raises it.
        """
        from zkcredit.chain.index.loan_histories import histories_of
        from zkcredit.units import parse_time

        with self.open() as (index, _, market):
            progress = index.catch_up()
            time = progress.time if self.at is None else parse_time(self.at)
            return histories_of(index, market), time


def portfolio(market: ReportOptions, *, csv: Tables = None, chart: Chart = None) -> None:
    """Show a market's portfolio: at risk, vintages, cures and rolls, stages, losses."""
    from zkcredit.portfolio import portfolio_of

    histories, time = market.histories()
    found = portfolio_of(histories, time)
    _write(csv, found.sheets)
    if chart is not None:
        from zkcredit.plots import draw_portfolio

        draw_portfolio(found, chart)
    emit(found.to_json(), found.in_words())


def impact(market: ReportOptions, *, csv: Tables = None, chart: Chart = None) -> None:
    """Show whom a market reaches, by purpose, kind and currency; nobody can be recognised."""
    from zkcredit.portfolio import impact_of

    histories, time = market.histories()
    found = impact_of(histories, time)
    _write(csv, found.sheets)
    if chart is not None:
        from zkcredit.plots import draw_impact

        draw_impact(found, chart)
    emit(found.to_json(), found.in_words())


def _write(folder: Path | None, sheets: "Iterable[Sheet]") -> None:
    """Write each table as a file into a folder.

    Raises:
        InvalidInput: if the folder is not there, or a file cannot be written.
    """
    if folder is None:
        return
    from zkcredit._internal.files import write_atomic

    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder; make it first")
    for sheet in sheets:
        write_atomic(folder / f"{sheet.name}.csv", sheet.to_csv().encode())
