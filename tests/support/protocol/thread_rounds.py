"""Sixteen threads of one process that use one issuer and one wallet, which were opened once."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from support.protocol.nouns import PASSWORD, card, record, seed

from zkcredit import units
from zkcredit.circuits import get_circuit
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.issuer import IssueOrder, Issuer
from zkcredit.policy import Policy
from zkcredit.presentation import verify
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import RequestBook
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from zkcredit.presentation import Presentation

__all__ = ["THREADS", "round_of", "together"]

THREADS: Final = 16
_EACH: Final = 10
_PERSON: Final = "the wallet's owner"


def round_of(number: int) -> dict[str, int]:
    """Let each thread issue ten credentials, and prove and verify with each of them."""
    return together(_EACH, number)


def together(each: int, number: int = 0) -> dict[str, int]:
    """Issue, receive, prove, verify and revoke in sixteen threads, and count what was done.

    Args:
        each: how often each thread does it.
        number: tells the rounds apart.

    Raises:
        AssertionError: if an id was given twice, or something was lost.
    """
    light = KdfCost.light_unsafe()
    with TemporaryDirectory() as place:
        folder = Path(place)
        with (
            Issuer.create(folder / "issuer", PASSWORD, cost=light) as issuer,
            Wallet.create(folder / "wallet", PASSWORD, cost=light) as wallet,
            RequestBook.open(folder / "book") as book,
        ):
            return _Day(issuer, wallet, book, number).passed(each)


class _Day:
    def __init__(self, issuer: Issuer, wallet: Wallet, book: RequestBook, number: int) -> None:
        self.issuer, self.wallet, self.book, self.number = issuer, wallet, book, number
        self.key = load_or_create_dev_key(get_circuit("eligibility"))
        self.registry = RegistrySnapshot.of(issuer.publish())
        self.gate = threading.Barrier(THREADS)
        self.shown: list[Presentation] = []
        self.lists: list[tuple[int, int]] = []
        self.batches: dict[str, set[int]] = defaultdict(set)

    def passed(self, each: int) -> dict[str, int]:
        with ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(self._thread, one, each) for one in range(THREADS)]
            for done in running:
                done.result()
        count = THREADS * each
        issued = self.issuer.issued()
        assert len({entry.revocation_id for entry in issued}) == len(issued) == 2 * count
        assert len(self.issuer.issued(_PERSON)) == count
        assert sum(entry.revoked_at is not None for entry in issued) == count
        assert len(self.wallet.consents()) == len(self.shown) == count
        assert len({shown.proof.a for shown in self.shown}) == count
        assert len({shown.pseudonym for shown in self.shown}) == 1
        assert not self.wallet.credentials()
        # A list that was published later has a higher number, and lists all that others list.
        ordered = sorted(self.lists)
        assert len({at for at, _ in ordered}) == THREADS
        assert all(before <= after for (_, before), (_, after) in pairwise(ordered))
        assert all(len(ids) == 2 for ids in self.batches.values())
        assert len(self.batches) == count // 2
        return {"issued": len(issued), "proofs": count, "lists": THREADS}

    def _thread(self, one: int, each: int) -> None:
        self.gate.wait()
        for turn in range(each):
            self._prove(one)
            self._bulk(one, turn)
        listed = self.issuer.publish()
        self.lists.append((listed.published_at, len(listed.revoked)))

    def _prove(self, one: int) -> None:
        envelope = self.issuer.issue(record(), person=_PERSON, to=self.wallet.card)
        known = self.wallet.receive(envelope)
        assert self.wallet.receive(envelope) == known
        asked = self.book.new(
            verifier=f"thread {one}",
            purpose="a bicycle",
            valid_for=3600,
            policy=Policy(min_score=700),
            scope=5678,
            registry_root=self.registry.root,
        )
        shown = self.wallet.prove(
            asked, known, proving_key=self.key, registry=self.registry, threads=1
        )
        verify(shown, asked, self.key.verifying_key, book=self.book)
        self.shown.append(shown)
        self.issuer.revoke(self.wallet.credential(known).revocation_id)
        self.wallet.remove(known)

    def _bulk(self, one: int, turn: int) -> None:
        # Two threads always share a batch: one of them issues, and the other finds it done.
        pair = one // 2
        batch = f"{self.number} {pair} {turn}"
        orders = [
            IssueOrder(record(score=700 + part), f"person {pair}", card(pair + 1), units.DAY)
            for part in range(2)
        ]
        for outcome in self.issuer.issue_many(orders, batch=batch):
            assert outcome.issued is not None
            assert outcome.envelope is not None
            opened = outcome.envelope.open(seed(pair + 1).envelope_key, card(pair + 1).holder)
            assert opened.revocation_id == outcome.issued.revocation_id
            assert opened.record.values()[0] == outcome.order.record.values()[0]
            self.batches[batch].add(opened.revocation_id)
