"""The contract that checks arbiters' partial openings, and records those that broke the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.contracts.events import Misconduct
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.escrow import ArbiterGroup, PartialOpening
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point

if TYPE_CHECKING:
    from zkcredit.chain.escrow import EscrowMarketClient
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["OpeningVerifierClient", "deploy_opening_verifier", "opening_words"]


class OpeningVerifierClient(ContractClient):
    """An `OpeningVerifier` contract: checks partial openings for everybody."""

    contract = "OpeningVerifier"

    def threshold(self) -> int:
        """How many parts open a seal."""
        return int(self._read("threshold"))

    def group_digest(self) -> int:
        """The digest of the group that it checks for."""
        return int(self._read("groupDigest"))

    def share_of(self, arbiter: int) -> Point:
        """An arbiter's public share. TransactionReverted: ArbiterUnknown."""
        return Point(*self._read("shareOf", require_uint("the arbiter's number", arbiter, 256)))

    def check(self, loan_id: int, opening: PartialOpening) -> None:
        """Ask the contract whether the loan is in default and the part is its arbiter's.

        Raises:
            TransactionReverted: LoanNotInDefault, ArbiterUnknown, OpeningInvalid, LoanNotEscrowed.
        """
        self._read("check", require_uint("the loan's number", loan_id, 256), opening_words(opening))

    def accuse(
        self,
        loan_id: int,
        opening: PartialOpening,
        *,
        by: TransactionSender,
        key: str | None = None,
    ) -> Misconduct:
        """Record that an arbiter opened a loan's seal although it never was in default.

        Raises:
            TransactionReverted: LoanDefaulted, ArbiterUnknown, OpeningInvalid, LoanNotEscrowed.
        """
        number = require_uint("the loan's number", loan_id, 256)
        receipt = self._send(by, "accuse", number, opening_words(opening), key=key)
        return self._one(receipt, Misconduct)


def deploy_opening_verifier(
    market: EscrowMarketClient,
    group: ArbiterGroup,
    *,
    by: TransactionSender,
    key: str | None = None,
) -> OpeningVerifierClient:
    """Deploy the contract that checks the group's partial openings of a market's loans.

    Raises:
        TransactionReverted: GroupInvalid: the market's gate seals to another group.
        ChainError: the contract names the group otherwise than this library.
    """
    require_instance("the group", group, ArbiterGroup)
    address, _ = deploy_contract(
        "OpeningVerifier",
        market.address,
        [tuple(point) for point in group.commitments],
        [tuple(share) for share in group.shares],
        group.record,
        by=by,
        key=key,
    )
    client = OpeningVerifierClient(market.node, address)
    if client.group_digest() != group.digest:
        raise ChainError("the contract computes another digest of the group")
    return client


def opening_words(opening: PartialOpening) -> tuple[object, ...]:
    """`IOpeningVerifier.PartialOpening`: a part, with the eighth of D_i that the contract asks."""
    require_instance("the opening", opening, PartialOpening)
    base, other = opening.announced
    try:
        eighth = babyjub.eighth(opening.part)
    except InvalidInput:
        eighth = opening.part  # no eighth: the contract says so
    return (
        require_uint("the arbiter's number", opening.arbiter, 256),
        tuple(opening.part),
        tuple(eighth),
        tuple(base),
        tuple(other),
        require_uint("the proof's scalar", opening.answer, 256),
    )
