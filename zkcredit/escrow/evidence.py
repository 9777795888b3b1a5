"""What an arbiter wants to see before anything is opened: the default of exactly this loan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_field, require_instance
from zkcredit.errors import NotInDefault
from zkcredit.gadgets.hashed_elgamal import SealedValue

if TYPE_CHECKING:
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.gadgets.babyjub import Point

__all__ = ["DefaultEvidence"]


@dataclass(frozen=True, slots=True)
class DefaultEvidence:
    """What a chain says about one loan and its seal, as an arbiter's own node reports it.

    ``zkcredit.chain.EscrowMarketClient.default_evidence`` makes one; made by hand, it is worth
    what the maker's word is worth.

    Attributes:
        network: chain id and genesis hash.
        market: the loan market's address.
        loan_id: the loan.
        block: of the default event.
        in_default: whether the loan is in default now.
        context: of the application that became this loan.
        sealed: what was sealed with it.
        arbiters: the key that it was sealed to.
    """

    network: str
    market: str
    loan_id: int
    block: int
    in_default: bool
    context: int
    sealed: SealedValue
    arbiters: Point

    def require(self, group: ArbiterGroup, sealed: SealedValue, context: int) -> None:
        """Raise unless this is about the seal, its group, and a loan in default.

        Raises:
            NotInDefault: the loan is not in default, or is not the one of this seal.
        """
        require_instance("the seal", sealed, SealedValue)
        require_field("the context", context)
        if self.in_default is not True:
            raise NotInDefault(
                f"loan {self.loan_id} of {self.market} is not in default: nothing is opened"
            )
        if (self.context, self.sealed, self.arbiters) != (context, sealed, group.key):
            raise NotInDefault(
                f"the default of loan {self.loan_id} is not that of this seal: nothing is opened"
            )
