"""One entry of an issuer, the oracle of what may be proved about it, and its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.circuits.ledger_case import BANK, BORROWER

from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, Point
from zkcredit.gadgets.elgamal import Ciphertext, encrypt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class EntryCase:
    """Everything that decides one proof of an entry."""

    account: Point = BORROWER.public
    slots: Sequence[int] = BANK
    randomness: int = 2**249 + 4711
    context: int = 2**247 + 13

    def ciphertext(self) -> Ciphertext:
        """The entry."""
        return encrypt(self.account, self.slots, self.randomness)

    def values(self) -> dict[str, int | Sequence[int]]:
        """The inputs of the statement."""
        witness = EntryWitness(self.account, self.ciphertext(), self.slots, self.randomness)
        return witness.inputs(context=self.context)


def entry_relation_holds(v: Mapping[str, Any]) -> bool:
    """Whether the values satisfy the statement, by curve arithmetic on integers."""
    k, slots = v["randomness"], tuple(v["slots"])
    account = Point(v["account_x"], v["account_y"])
    c1, c2 = Point(v["c1_x"], v["c1_y"]), Point(v["c2_x"], v["c2_y"])
    if not babyjub.is_on_curve(account) or account == IDENTITY:
        return False
    if babyjub.mul(SUBGROUP_ORDER, account) != IDENTITY:
        return False
    root = babyjub.eighth(account)
    roots = [babyjub.add(root, torsion) for torsion in babyjub.TORSION]
    if tuple(v["account_eighth"]) not in [babyjub.to_montgomery(q) for q in roots if q != IDENTITY]:
        return False
    if not (k % 2 and 2**249 < k < 3 * 2**249 and babyjub.mul(k, BASE8) == c1):
        return False
    if max(slots) >= 2**40:
        return False
    message = sum(slot << 48 * i for i, slot in enumerate(slots))
    return c2 == babyjub.add(babyjub.mul(message, BASE8), babyjub.mul(k, account))
