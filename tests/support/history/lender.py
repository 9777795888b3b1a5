"""A bureau with a history tree, and markets of another bureau that ask for a record there."""

from __future__ import annotations

import warnings
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support.chain.loan_world import PRODUCT
from support.chain.real_people import PASSWORD, RealWorld
from support.history.town import DAY, HistoryTown

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.verifier import deploy_verifier
from zkcredit.chain.deploying import deploy_market
from zkcredit.chain.history.bureau import HistoryTreeClient
from zkcredit.chain.history.keeper import TreeCopy, history_watched
from zkcredit.chain.history.records import RECORDS
from zkcredit.chain.index.chain_index import ChainIndex
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.nodes.node import LocalNode
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.history import HistoryTerms, HistoryTree

__all__ = ["CLOCK", "NO_POLICY", "Lender", "key_of"]

CLOCK = 3 * 3_600
"""Seconds by which a proof may be old at the lender's gates."""

NO_POLICY = Policy()
NO_FX = "0x" + 40 * "0"


def key_of(statement: str) -> ProvingKey:
    """A proving key for tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_or_create_dev_key(get_circuit(statement))


class Lender(RealWorld):
    """As `RealWorld`, with a town of another bureau and a market on each gate of records."""

    town: HistoryTown | None = None

    def __init__(self, node: LocalNode, folder: Path) -> None:
        town = HistoryTown(node)
        super().__init__(node, key_of("eligibility"), folder)
        self.town, self._copy = town, deepcopy(town.copy)
        town.keeper = self.operator
        self.tree = HistoryTreeClient(node, town.tree)
        self.folder = folder
        self.history = self._market("HistoryGate", "history", CLOCK)
        more = self.registry.address, DAY, CLOCK, NO_FX
        self.both = self._market("HistoryEligibilityGate", "history_eligibility", *more)

    def new_senders(self) -> None:
        """See ``taken_back``."""
        super().new_senders()
        if self.town is not None:
            self.town.keeper, self.town.copy = self.operator, deepcopy(self._copy)

    def keep(self) -> None:
        """From now on this is what the keeper's copy goes back to."""
        assert self.town is not None
        self._copy = deepcopy(self.town.copy)

    def _market(self, kind: str, statement: str, *arguments: Any) -> LoanMarketClient:
        key = key_of(statement).verifying_key
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verifier = deploy_verifier(self.node, key, by=self.operator)
        gate, _ = deploy_contract(kind, verifier.address, *arguments, by=self.operator)
        bureau = self.market.bureau_address
        made = deploy_market(self.node, gate, by=self.operator, bureau=bureau)
        market = LoanMarketClient(self.node, made.market, made.lens, since=made.block)
        market.set_token_allowed(self.token.address, True, by=self.operator)
        for person in (self.borrower, self.lender):
            self.token.approve(market.address, 10**30, by=person)
        return market

    def person(self, name: str) -> Wallet:
        """A wallet without credentials."""
        return Wallet.create(self.folder / name, PASSWORD, cost=KdfCost.light_unsafe())

    def pseudonym(self, wallet: Wallet) -> int:  # type: ignore[override]
        """Of a wallet at the town's bureau."""
        return wallet.pseudonym(self.tree.bureau.scope)

    def asked(self, market: LoanMarketClient, terms: HistoryTerms, **changes: Any) -> str:
        """Publish a product that asks for a record; its address."""
        product = replace(
            PRODUCT,
            token=self.token.address,
            history_terms=terms.pack(),
            history_source=self.tree.address,
            **changes,
        )
        return market.book.publish(product, by=self.lender).address

    def read_tree(self) -> HistoryTree:
        """The tree as a wallet reads it, from the chain's events."""
        watched = history_watched(self.tree)
        with ChainIndex.open(None, self.node, watched, projections=[RECORDS]) as index:
            index.catch_up()
            copy = TreeCopy(index, self.tree.bureau.address, self.tree.address)
            copy.follow()
            return copy.tree
