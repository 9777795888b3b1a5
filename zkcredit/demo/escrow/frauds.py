"""Attempts to cheat with escrowed references: each attempt is real, and is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

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
from zkcredit.escrow import DefaultEvidence, SeenDefault, combine, partial_opening
from zkcredit.escrow.polynomial import lagrange_at_zero
from zkcredit.escrow.signed import account_key
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER, fresh_scalar
from zkcredit.request import Arbiters

if TYPE_CHECKING:
    from zkcredit.chain import LoanEscrow
    from zkcredit.demo.escrow.world import EscrowWorld, Sealing
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.escrow import PartialOpening

__all__ = ["escrowed_to_a_friend", "opened_early", "parts_that_do_not_open"]

_COLLUDERS: Final = (1, 3, 4)
_VICTIM: Final = 5


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
    """Let a lender ask too early, one arbiter invent the evidence, and three frame another."""
    market, judge = world.market, world.judge
    seal, arbiter = market.escrow.escrowed_of(market.address, loan_id), world.arbiters[1]
    honest = expect_refusal(
        "ask the arbiters to open a loan that is not in default",
        "arbiter",
        NotInDefault,
        lambda: default_evidence(market, loan_id),
        narrator,
    )
    invented = _invented(world, loan_id, seal)
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
    world.node.advance(1)  # a contract knows the blocks before its own
    recorded = judge.accuse(loan_id, part, by=world.stranger())
    if name != arbiter.card.name or not isinstance(recorded, Misconduct):
        raise StoryFailed("the arbiter who opened early was not named")
    narrator.line(f"{name} signed the opening; the chain keeps it in block {recorded.block}")
    again = expect_refusal(
        f"accuse {name} of the same a second time",
        "contract",
        TransactionReverted,
        lambda: judge.accuse(loan_id, part, by=world.stranger()),
        narrator,
        contract_error="AlreadyAccused",
    )
    return [honest, contract, again, *_framed(world, loan_id, seal, part, narrator)]


def _invented(world: EscrowWorld, loan_id: int, seal: LoanEscrow) -> DefaultEvidence:
    node, block = world.node, world.node.block_number()
    block_hash = node.block_hash(block) or b""
    return DefaultEvidence(
        seen=SeenDefault(node.chain_id, world.market.address, loan_id, block, block_hash),
        in_default=True,
        context=seal.context,
        escrowed=seal.escrowed,
        arbiters=world.group.key,
    )


def _framed(
    world: EscrowWorld,
    loan_id: int,
    seal: LoanEscrow,
    part: PartialOpening,
    narrator: Narrator,
) -> list[Refusal]:
    """Let three arbiters, who can compute everybody's share, try to convict an innocent one."""
    group, share, key = world.group, 0, b""
    weights = lagrange_at_zero([(i - _VICTIM) % SUBGROUP_ORDER for i in _COLLUDERS])
    for number in _COLLUDERS:
        # no tool shows these secrets, but whoever has an arbiter's file and password can read them
        record = world.arbiters[number - 1]._record
        weight = weights[(number - _VICTIM) % SUBGROUP_ORDER]
        share = (share + weight * int.from_bytes(record("share", "own"), "big")) % SUBGROUP_ORDER
        key = account_key(record("key", "signing"))
    if babyjub.mul(share, BASE8) != group.share_of(_VICTIM):
        raise StoryFailed("three arbiters did not find the share of another")
    victim = group.name_of(_VICTIM)
    return [
        expect_refusal(
            f"open in the name of {victim}, with the share that three others computed",
            "arbiter",
            InvalidInput,
            lambda: partial_opening(
                group,
                _VICTIM,
                share,
                seal.escrowed,
                context=seal.context,
                evidence=_invented(world, loan_id, seal),
                account_key=key,
            ),
            narrator,
        ),
        expect_refusal(
            f"accuse {victim} with what somebody else signed",
            "contract",
            TransactionReverted,
            lambda: world.judge.accuse(
                loan_id, replace(part, arbiter=_VICTIM), by=world.stranger()
            ),
            narrator,
            contract_error="SignatureInvalid",
        ),
    ]


def parts_that_do_not_open(
    world: EscrowWorld,
    evidence: DefaultEvidence,
    parts: list[PartialOpening],
    narrator: Narrator,
) -> list[Refusal]:
    """Try only two parts, a part that was changed, and a part from another arbiter's share."""
    group, sealed, context = world.group, evidence.escrowed, evidence.context
    changed = replace(parts[1], part=babyjub.add(parts[1].part, BASE8))
    unsigned = replace(parts[1], signature=parts[0].signature)
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
            f"combine with a part that {group.name_of(unsigned.arbiter)} did not sign",
            "combiner",
            WrongOpening,
            lambda: combine(group, sealed, context, [parts[0], unsigned, parts[2]]),
            narrator,
        ),
        expect_refusal(
            "show the changed part to the contract",
            "contract",
            TransactionReverted,
            lambda: world.judge.check(evidence.seen.loan_id, changed),
            narrator,
            contract_error="OpeningInvalid",
        ),
        expect_refusal(
            "make a part with another arbiter's share",
            "arbiter",
            InvalidInput,
            lambda: partial_opening(
                group,
                2,
                fresh_scalar(),
                sealed,
                context=context,
                evidence=evidence,
                account_key=fresh_scalar().to_bytes(32, "big"),
            ),
            narrator,
        ),
    ]
    if any(group.name_of(changed.arbiter) not in refusals[i].message for i in (1, 2)):
        raise StoryFailed("the arbiter of the wrong part was not named")
    return refusals
