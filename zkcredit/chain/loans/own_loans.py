"""What a market has of one person: loans, positions and record, found by nothing but keys.

A wallet that was restored from its words has an account and pseudonyms, and no notes of its own.
Everything here is read from the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.history.bureau import BureauKind, CreditBureauClient
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.history import reputation

if TYPE_CHECKING:
    from zkcredit.chain.history.bureau import Standing
    from zkcredit.chain.loans.loan_state import LoanState, PositionState
    from zkcredit.history import HistoryRecord

__all__ = ["KnownPseudonym", "OwnLoans", "own_loans"]


@dataclass(frozen=True, slots=True)
class KnownPseudonym:
    """What a market's bureau keeps of a pseudonym.

    Attributes:
        nullifier: the pseudonym.
        record: what the bureau counts.
        standing: what the pseudonym is doing, and whether it may apply now.
    """

    nullifier: int
    record: HistoryRecord
    standing: Standing

    @property
    def reputation(self) -> int:
        """Reputation that follows from the record, 0 to 1000 points."""
        return reputation(self.record)


@dataclass(frozen=True, slots=True)
class OwnLoans:
    """What a market has of one person, the newest first.

    Attributes:
        address: EIP-55 address of the person's account.
        borrowed: loans and applications of the account or the pseudonym.
        funded: loans that the account funds.
        positions: the account's positions; those that were taken back are not among them.
        withdrawable: for each position the base units of the token that wait.
        pseudonyms: the person's pseudonyms that the bureau has a record of, or that were asked for.
    """

    address: str
    borrowed: tuple[LoanState, ...]
    funded: tuple[LoanState, ...]
    positions: tuple[PositionState, ...]
    withdrawable: dict[int, int]
    pseudonyms: tuple[KnownPseudonym, ...]


def own_loans(market: LoanMarketClient, address: str, pseudonym: int | None = None) -> OwnLoans:
    """Find everything that a market has of one person.

    Args:
        market: the market.
        address: the person's account.
        pseudonym: a field element, the person's pseudonym at the market's bureau
            (``Wallet.pseudonym(bureau.scope)``). Without it, only what the account did is found.

    Raises:
        InvalidInput: if the address is malformed.
        OutOfRange: if the pseudonym is outside its range.
        ChainError, NodeUnavailable: if the chain cannot be read.
    """
    require_instance("the market", market, LoanMarketClient)
    who = checksum(address)
    if pseudonym is not None:
        require_uint("the pseudonym", pseudonym, 256)
    everything = market.loans(range(market.loan_count(), 0, -1))
    borrowed = [one for one in everything if one.borrower == who or one.nullifier == pseudonym]
    several = market.positions(range(market.position_count(), 0, -1))
    positions = [one for one in several if one.lender == who]
    numbers = {one.loan_id for one in positions}
    waiting = market.withdrawables([one.position_id for one in positions])
    bureau = CreditBureauClient(market.node, market.bureau_address, since=market.since)
    known = dict.fromkeys(one.nullifier for one in borrowed)
    if pseudonym is not None and bureau.kind is BureauKind.CREDENTIAL:
        known = {pseudonym: None, **known}
    return OwnLoans(
        who,
        tuple(borrowed),
        tuple(one for one in everything if one.loan_id in numbers),
        tuple(positions),
        {one.position_id: tokens for one, tokens in zip(positions, waiting, strict=True)},
        tuple(KnownPseudonym(one, bureau.record(one), bureau.standing(one)) for one in known),
    )
