"""The escrow story's arbiters: a key generation that a cheat spoils, and one that succeeds."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.outcome import expect_refusal
from zkcredit.demo.stage import COST, PASSWORD
from zkcredit.errors import WrongShare
from zkcredit.escrow import Arbiter, ArbiterCard, Commitment, Complaint, Deal, FirstRound, Roster
from zkcredit.escrow.polynomial import evaluate
from zkcredit.gadgets.babyjub import fresh_scalar

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import ArbiterGroup

__all__ = ["ARBITERS", "CHEAT", "THRESHOLD", "agree", "spoiled_generation"]

ARBITERS: Final = (
    "the ombudsman",
    "the bar association",
    "the consumer council",
    "the university's law clinic",
    "the savings banks' league",
)
CHEAT: Final = "a debt collector"
THRESHOLD: Final = 3


def agree(folder: Path, files: ExitStack) -> tuple[ArbiterGroup, list[Arbiter]]:
    """Let five arbiters make a key that none of them knows."""
    arbiters = [_arbiter(folder, files, name) for name in ARBITERS]
    roster = Roster(THRESHOLD, tuple(arbiter.card for arbiter in arbiters))
    commitments = [arbiter.commit(roster) for arbiter in arbiters]
    deals = [deal for arbiter in arbiters for deal in arbiter.deal(commitments)]
    groups = [
        arbiter.finish(commitments, [deal for deal in deals if deal.receiver == number])
        for number, arbiter in enumerate(arbiters, 1)
    ]
    if len({group.digest for group in groups}) != 1:
        raise StoryFailed("the arbiters do not agree on their group")
    return groups[0], arbiters


def spoiled_generation(folder: Path, files: ExitStack, narrator: Narrator) -> Refusal:
    """Let a debt collector join the arbiters and deal one of them a wrong share."""
    (folder / "spoiled").mkdir()
    honest = [_arbiter(folder / "spoiled", files, name) for name in ARBITERS[:-1]]
    envelope, signing = secrets.token_bytes(32), secrets.token_bytes(32)
    cards = (*(arbiter.card for arbiter in honest), ArbiterCard.of_seeds(CHEAT, envelope, signing))
    roster, cheat = Roster(THRESHOLD, cards), len(cards)
    coefficients = [fresh_scalar() for _ in range(THRESHOLD)]
    commitments = [arbiter.commit(roster) for arbiter in honest]
    commitments.append(Commitment.make(roster, cheat, coefficients, signing))
    first = FirstRound(roster, commitments)
    victim, wrong = 1, evaluate(coefficients, 1) ^ 1
    bad = Deal.seal(first, cheat, victim, wrong, signing)
    good = [deal for arbiter in honest for deal in arbiter.deal(commitments)]
    received = [*(deal for deal in good if deal.receiver == victim), bad]
    refusal = expect_refusal(
        f"{CHEAT} deals {ARBITERS[victim - 1]} a wrong share",
        "arbiter",
        WrongShare,
        lambda: honest[0].finish(commitments, received),
        narrator,
    )
    complaint = Complaint.from_json(honest[0].complain(bad).to_json())
    verdict = complaint.judge(first)
    if CHEAT not in refusal.message or verdict.name != CHEAT:
        raise StoryFailed("the cheat was not named")
    narrator.line(f"everybody can check the complaint: {verdict.reason}")
    return refusal


def _arbiter(folder: Path, files: ExitStack, name: str) -> Arbiter:
    path = folder / f"{name.replace(' ', '-')}.zkc"
    return files.enter_context(Arbiter.create(path, PASSWORD, name, cost=COST))
