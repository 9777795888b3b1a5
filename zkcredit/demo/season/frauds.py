"""What people try in the season story, and what refuses it: each attempt is real."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zkcredit.chain import Signer
from zkcredit.demo.outcome import expect_refusal
from zkcredit.errors import CostAboveLimit, TransactionReverted

if TYPE_CHECKING:
    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.demo.season.world import Grower, SeasonWorld
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = [
    "Agreed",
    "another_signature",
    "carry",
    "holiday_too_late",
    "incomplete_consents",
    "permit_for_another_loan",
    "second_holiday",
    "too_dear",
    "used_consents",
]


class Agreed(NamedTuple):
    """What the borrower and the lenders of a loan signed.

    Attributes:
        product: address of the product that the loan gets.
        limit: the most that it may owe then, minor units.
        own: the borrower's consent.
        lenders: for each position its lender's consent.
    """

    product: str
    limit: int
    own: SignedConsent
    lenders: dict[int, SignedConsent]


def carry(world: SeasonWorld, grower: Grower, agreed: Agreed) -> object:
    """Let the cooperative carry what was signed to the market."""
    product, limit, own, lenders = agreed
    return world.market.restructure(
        world.loan(grower), product, limit, own, lenders, by=world.cooperative
    )


def too_dear(world: SeasonWorld, grower: Grower, dear: str, narrator: Narrator) -> Refusal:
    """Let a dealer offer a loan that costs more than the farmer's wallet allows."""
    request = world.request(grower, dear)
    return expect_refusal(
        "let the wallet answer for a dealer's loan",
        "wallet",
        CostAboveLimit,
        lambda: world.prove(grower, request),
        narrator,
    )


def another_signature(
    world: SeasonWorld,
    consent: SignedConsent,
    request: LoanRequest,
    presentation: Presentation,
    narrator: Narrator,
) -> Refusal:
    """Let the cooperative apply in a farmer's name with a signature of its own."""
    other = world.market.consents.sign_application(
        world.market.address,
        request.product_address,
        request.principal,
        by=Signer.generate(),
        deadline=consent.deadline,
        purpose_code=request.purpose_code,
    )
    forged = replace(consent, signature=other.signature)
    return expect_refusal(
        "apply in a farmer's name with somebody else's signature",
        "contract",
        TransactionReverted,
        lambda: world.market.apply_for(forged, request, presentation, by=world.cooperative),
        narrator,
        contract_error="ConsentInvalid",
    )


def second_holiday(world: SeasonWorld, grower: Grower, narrator: Narrator) -> Refusal:
    """Let a farmer take another holiday than the one that the product gives."""
    loan = world.loan(grower)
    consent = world.market.consents.sign_holiday(
        world.market.address, loan.loan_id, by=grower.signer, deadline=world.deadline()
    )
    return expect_refusal(
        "take a second holiday of one",
        "contract",
        TransactionReverted,
        lambda: world.market.take_holiday_for(consent, loan, by=world.cooperative),
        narrator,
        contract_error="HolidaysUsedUp",
    )


def holiday_too_late(world: SeasonWorld, grower: Grower, narrator: Narrator) -> Refusal:
    """Let a farmer ask for a holiday in the last hours before the due."""
    loan = world.loan(grower)
    consent = world.market.consents.sign_holiday(
        world.market.address, loan.loan_id, by=grower.signer, deadline=world.deadline()
    )
    return expect_refusal(
        "take a holiday in the last hours before the due",
        "contract",
        TransactionReverted,
        lambda: world.market.take_holiday_for(consent, loan, by=world.cooperative),
        narrator,
        contract_error="HolidayTooLate",
    )


def permit_for_another_loan(
    world: SeasonWorld, payer: Grower, other: Grower, narrator: Narrator
) -> Refusal:
    """Let somebody use one farmer's permit to pay the loan of another."""
    loan = world.loan(other)
    permit = world.relay.sign_payment(loan, 100_00, by=payer.signer, deadline=world.deadline())
    return expect_refusal(
        "pay another farmer's loan with this farmer's permit",
        "contract",
        TransactionReverted,
        lambda: world.relay.repay(loan, permit, by=world.stranger()),
        narrator,
        contract_error="NotOwner",
    )


def incomplete_consents(
    world: SeasonWorld,
    grower: Grower,
    agreed: Agreed,
    narrator: Narrator,
) -> list[Refusal]:
    """Let a loan be restructured without one lender, and into another product than was signed."""
    first = dict(list(agreed.lenders.items())[:1])
    return [
        expect_refusal(
            "restructure the loan without the second lender",
            "contract",
            TransactionReverted,
            lambda: carry(world, grower, agreed._replace(lenders=first)),
            narrator,
            contract_error="ConsentsIncomplete",
        ),
        expect_refusal(
            "restructure it for a higher debt than was signed",
            "contract",
            TransactionReverted,
            lambda: carry(world, grower, agreed._replace(limit=agreed.limit + 1)),
            narrator,
            contract_error="ConsentInvalid",
        ),
    ]


def used_consents(
    world: SeasonWorld,
    grower: Grower,
    agreed: Agreed,
    narrator: Narrator,
) -> Refusal:
    """Let somebody carry the same consents a second time."""
    return expect_refusal(
        "carry the same consents a second time",
        "contract",
        TransactionReverted,
        lambda: carry(world, grower, agreed),
        narrator,
        contract_error="ConsentUsed",
    )
