"""What an arbiter must see before it opens anything: the default of exactly this loan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_field, require_instance
from zkcredit.errors import NotInDefault
from zkcredit.escrow.signed import SeenDefault
from zkcredit.gadgets.hashed_elgamal import EscrowedValue

if TYPE_CHECKING:
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.gadgets.babyjub import Point

__all__ = ["DefaultEvidence"]


@dataclass(frozen=True, slots=True)
class DefaultEvidence:
    """What the arbiter's own node reports about one loan and its escrowed reference.

    The market's client makes it from the chain. If somebody writes it by hand, it is worth no more
    than that person's word.

    Attributes:
        seen: the loan, and the block after which the node was asked.
        in_default: whether the loan was in default after this block.
        context: context of the application that became this loan.
        escrowed: the reference that was escrowed with the application.
        arbiters: the key that it was encrypted to.
    """

    seen: SeenDefault
    in_default: bool
    context: int
    escrowed: EscrowedValue
    arbiters: Point

    def require(self, group: ArbiterGroup, escrowed: EscrowedValue, context: int) -> None:
        """Check that this is about the escrowed reference, its group, and a loan in default.

        Raises:
            NotInDefault: if the loan is not in default, or the reference belongs to another loan.
        """
        require_instance("the escrowed reference", escrowed, EscrowedValue)
        require_field("the context", context)
        loan_id = require_instance("the default that was seen", self.seen, SeenDefault).loan_id
        if self.in_default is not True:
            raise NotInDefault(
                f"loan {loan_id} of {self.seen.market} is not in default: nothing is opened"
            )
        if (self.context, self.escrowed, self.arbiters) != (context, escrowed, group.key):
            raise NotInDefault(
                f"this escrowed reference does not belong to loan {loan_id}: nothing is opened"
            )
