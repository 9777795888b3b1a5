"""Options about a bureau's history tree, and how a wallet reads it before it proves."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import NodeOptions
from zkcredit.cli.options import OptionGroup
from zkcredit.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import ChainIndex, Node
    from zkcredit.chain.history.bureau import CreditBureauClient, HistoryTreeClient
    from zkcredit.history import HistoryTree
    from zkcredit.request import LoanRequest
    from zkcredit.wallet import Wallet


@dataclass(frozen=True, kw_only=True)
class IndexOptions(OptionGroup):
    """Where the events of a history tree begin, and where their index is kept."""

    since: Annotated[
        int,
        typer.Option(
            "--since", min=0, help="Of a history tree: block of its bureau's creation, or before."
        ),
    ] = 0
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            help="Of a history tree: the file of the index, or postgresql://…; made at the first "
            "use, none by default.",
        ),
    ] = None

    def tree_at(self, node: "Node", address: str) -> "HistoryTreeClient":
        """Return the client of a tree.

        Raises:
            InvalidInput: if the address is malformed or has no contract.
        """
        from zkcredit.chain.history.bureau import HistoryTreeClient

        return HistoryTreeClient(node, address, since=self.since)

    @contextmanager
    def index(self, tree: "HistoryTreeClient") -> "Iterator[ChainIndex]":
        """Open the index of the tree and its bureau.

        Raises:
            OtherIndex: if the database is an index of something else.
            NodeUnavailable: if the node does not answer.
        """
        from zkcredit.chain import ChainIndex
        from zkcredit.chain.history.keeper import history_watched
        from zkcredit.chain.history.records import RECORDS

        contracts = history_watched(tree)
        with ChainIndex.open(self.database, tree.node, contracts, projections=[RECORDS]) as index:
            yield index

    def read(self, tree: "HistoryTreeClient") -> "HistoryTree":
        """Return the records that the tree has now.

        Raises:
            OtherIndex: if the database is an index of something else.
            NodeUnavailable: if the node does not answer.
            ChainError: if the events do not make the roots that they name.
        """
        from zkcredit.chain.history.keeper import TreeCopy

        with self.index(tree) as index:
            index.catch_up()
            copy = TreeCopy(index, tree.bureau.address, tree.address)
            copy.follow()
        return copy.tree

    def to_prove(
        self, wallet: "Wallet", node: "Node", request: "LoanRequest"
    ) -> "HistoryTree | None":
        """Show the borrower the record that a request is about, and return the tree with it.

        Returns None if the request is not about a record.

        Raises:
            NotEligible: if the record misses a term of the request.
            InvalidInput: if something else is in the way of a proof; the message says what, since
                when, and what to do.
            OtherIndex, NodeUnavailable, ChainError: if ``read`` raises it.
        """
        from zkcredit.chain.history.outlook import outlook_of

        source = getattr(request.product, "history_source", "")
        if request.history is None or not source:
            return None
        tree = self.tree_at(node, source)
        copy = self.read(tree)
        who = wallet.pseudonym(request.history.scope)
        found = outlook_of(tree, who, copy=copy, asked=request.history)
        note(f"your record at the bureau {tree.bureau.address}, which only you see:")
        for line in (*found.known, *found.notices):
            note(f"- {line}")
        found.require_provable()
        return copy


@dataclass(frozen=True, kw_only=True)
class TreeOptions(IndexOptions, NodeOptions):
    """A history tree on a chain."""

    tree: Annotated[str, typer.Option("--tree", metavar="ADDRESS", help="The history tree.")]

    def open(self, node: "Node") -> "HistoryTreeClient":
        """Return the client of the tree; see ``tree_at``."""
        return self.tree_at(node, self.tree)


@dataclass(frozen=True, kw_only=True)
class BureauOptions(NodeOptions):
    """A credit bureau on a chain."""

    bureau: Annotated[str, typer.Option("--bureau", metavar="ADDRESS", help="The credit bureau.")]

    def open(self, node: "Node") -> "CreditBureauClient":
        """Return the client of the bureau.

        Raises:
            InvalidInput: if the address is malformed or has no contract, or the pseudonyms of the
                bureau are ledger accounts, which no proof of this kind is about.
        """
        from zkcredit.chain.history.bureau import BureauKind, CreditBureauClient
        from zkcredit.errors import InvalidInput

        bureau = CreditBureauClient(node, self.bureau)
        if bureau.kind is not BureauKind.CREDENTIAL:
            raise InvalidInput(
                "the pseudonyms of this bureau are accounts of a ledger, which nobody claims"
            )
        return bureau
