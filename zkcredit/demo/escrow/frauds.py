"""Attempts to cheat with escrowed references: each attempt is real, and is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zkcredit.chain import default_evidence, misconduct
from zkcredit.chain.contracts.events import Misconduct
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.outcome import expect_refusal
from zkcredit.errors import (
    InvalidInput,
    InvalidProof,
    NotInDefault,
    TooFewOpenings,
    TransactionReverted,
    WrongOpening,
)
from zkcredit.escrow import DefaultEvidence, combine, partial_opening
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, fresh_scalar
from zkcredit.request import Arbiters

if TYPE_CHECKING:
    from zkcredit.demo.escrow.world import EscrowWorld, Sealing
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import PartialOpening

__all__ = ["escrowed_to_a_friend", "opened_early", "parts_that_do_not_open"]


def escrowed_to_a_friend(
    world: EscrowWorld, borrower: Sealing, narrator: Narrator
) -> list[Refusal]:
    """Let a borrower escrow to a friend's key, and apply with and without the client's checks."""
    market, request = world.market, world.request(borrower)
    friend = babyjub.mul(fresh_scalar(), BASE8)
    shown = world.prove(borrower, replace(request, arbiters=Arbiters(friend)))
    refusals = [
        expect_refusal(
            "apply with a reference escrowed to a friend",
            "client",
            InvalidProof,
            lambda: market.apply(request, shown, by=borrower.sender),
            narrator,
        )
    ]
    market.escrow.place(request.context, shown.escrowed, by=borrower.sender)
    named = {**shown.named, "arbiters_x": world.group.key.x, "arbiters_y": world.group.key.y}
    claimed = replace(shown, public_inputs=tuple(named.values()))
    refusals.append(
        expect_refusal(
            "claim that it is escrowed to the arbiters",
            "contract",
            TransactionReverted,
            lambda: market.apply(request, claimed, by=borrower.sender),
            narrator,
            contract_error="ProofInvalid",
        )
    )
    return refusals


def opened_early(world: EscrowWorld, loan_id: int, narrator: Narrator) -> list[Refusal]:
    """Let a lender ask before anything is due, and let one arbiter invent the evidence."""
    market, judge = world.market, world.judge
    seal, arbiter = market.escrow.escrowed_of(market.address, loan_id), world.arbiters[1]
    honest = expect_refusal(
        "ask the arbiters to open a loan that is not in default",
        "arbiter",
        NotInDefault,
        lambda: default_evidence(market, loan_id),
        narrator,
    )
    invented = DefaultEvidence(
        network=world.node.network,
        market=market.address,
        loan_id=loan_id,
        block=0,
        in_default=True,
        context=seal.context,
        escrowed=seal.escrowed,
        arbiters=world.group.key,
    )
    part = arbiter.open_partially(seal.escrowed, seal.context, invented)
    contract = expect_refusal(
        "open it with invented evidence",
        "contract",
        TransactionReverted,
        lambda: judge.check(loan_id, part),
        narrator,
        contract_error="LoanNotInDefault",
    )
    name = misconduct(market, loan_id, world.group, part)
    recorded = judge.accuse(loan_id, part, by=world.stranger())
    if name != arbiter.card.name or not isinstance(recorded, Misconduct):
        raise StoryFailed("the arbiter who opened early was not named")
    narrator.line(f"the opening itself names {name}; the chain keeps it in block {recorded.block}")
    return [honest, contract]


def parts_that_do_not_open(
    world: EscrowWorld,
    evidence: DefaultEvidence,
    parts: list[PartialOpening],
    narrator: Narrator,
) -> list[Refusal]:
    """Try only two parts, a part that was changed, and a part from another arbiter's share."""
    group, sealed, context = world.group, evidence.escrowed, evidence.context
    changed = replace(parts[1], part=babyjub.add(parts[1].part, BASE8))
    refusals = [
        expect_refusal(
            "combine two parts",
            "combiner",
            TooFewOpenings,
            lambda: combine(group, sealed, context, parts[:2]),
            narrator,
        ),
        expect_refusal(
            f"combine with a changed part of {group.name_of(changed.arbiter)}",
            "combiner",
            WrongOpening,
            lambda: combine(group, sealed, context, [parts[0], changed, parts[2]]),
            narrator,
        ),
        expect_refusal(
            "show the changed part to the contract",
            "contract",
            TransactionReverted,
            lambda: world.judge.check(evidence.loan_id, changed),
            narrator,
            contract_error="OpeningInvalid",
        ),
        expect_refusal(
            "make a part with another arbiter's share",
            "arbiter",
            InvalidInput,
            lambda: partial_opening(
                group, 2, fresh_scalar(), sealed, context=context, evidence=evidence
            ),
            narrator,
        ),
    ]
    if group.name_of(changed.arbiter) not in refusals[1].message:
        raise StoryFailed("the arbiter of the wrong part was not named")
    return refusals
