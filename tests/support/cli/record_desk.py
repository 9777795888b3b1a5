"""A desk whose wallet has a pseudonym at the bureau of a town, and money for gas."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.cli.cli_desk import PASSWORD, Desk, make_desk
from support.history.town import HistoryTown

from zkcredit.chain import AnvilNode
from zkcredit.chain.sending.transactions import Call
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["record_desk"]


@contextmanager
def record_desk(folder: Path) -> Iterator[tuple[Desk, AnvilNode, HistoryTown, int]]:
    """Make the desk in a folder, and a town on anvil; the last is the wallet's pseudonym."""
    desk = make_desk(folder)
    with AnvilNode() as node, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        town = HistoryTown(node)
        with Wallet.open(desk.path("wallet"), PASSWORD) as wallet:
            who = wallet.pseudonym(int(town.ask("CreditBureau", "scope")))
            town.keeper.send(Call(wallet.evm_address, b"", 21_000, 10**19))
        yield desk, node, town, who
