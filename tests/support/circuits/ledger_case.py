"""One borrower with three entries in a ledger, and every knob that a test may turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from support.circuits.eligibility_case import NEUTRAL, pack_policy

from zkcredit.circuits.ledger_eligibility import LedgerWitness
from zkcredit.gadgets.elgamal import EMPTY, AccountKey, add, encrypt, sum_entries
from zkcredit.schema import LEDGER_SLOTS as SLOTS
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.gadgets.elgamal import Ciphertext

BORROWER = AccountKey(b"borrower of the ledger's tests..")

EMPLOYER = (0, 250_000, 0, 0, 0)
BANK = (650, 0, 100_000, 30_000, 1)
MOBILE_MONEY = (50, 50_000, 20_000, 0, 0)
GOOD = dict(zip(SLOTS, sum_entries([EMPLOYER, BANK, MOBILE_MONEY]), strict=True))
"""The totals of the three entries."""

LEDGER_STRICT: dict[str, int] = {
    **NEUTRAL,
    "min_score": 600,
    "max_score": 850,
    "instalment": 25_000,
    "coverage_bps": 20_000,
    "max_dti_bps": 4_000,
    "max_delinquencies": 2,
}


def encrypt_total(key: AccountKey, slots: Sequence[int], randomness: int = 7) -> Ciphertext:
    """A ciphertext of slots up to 48 bits, as sums of 256 entries make them."""
    total = EMPTY
    part = encrypt(key.public, [slot >> 8 for slot in slots], randomness)
    for _ in range(8):
        part = add(part, part)
    total = add(total, part)
    return add(total, encrypt(key.public, [slot & 255 for slot in slots], randomness + 1))


@dataclass(frozen=True)
class LedgerCase:
    """Everything that decides one proof.

    `claimed` are the totals that the borrower proves about, where not those of the ledger.
    """

    key: AccountKey = BORROWER
    totals: Mapping[str, int] = field(default_factory=lambda: dict(GOOD))
    terms: Mapping[str, int] = field(default_factory=lambda: dict(LEDGER_STRICT))
    context: int = 2**247 + 11
    randomness: int = 7
    claimed: Mapping[str, int] | None = None

    def but(self, **changes: Any) -> LedgerCase:
        """The case with totals, thresholds or own fields changed by name."""
        totals = {**self.totals, **{k: v for k, v in changes.items() if k in SLOTS}}
        terms = {**self.terms, **{k: v for k, v in changes.items() if k in POLICY_FIELDS}}
        own = {k: v for k, v in changes.items() if k not in SLOTS and k not in POLICY_FIELDS}
        return replace(self, totals=totals, terms=terms, **own)

    def ciphertext(self) -> Ciphertext:
        """The account's running ciphertext."""
        return encrypt_total(self.key, list(self.totals.values()), self.randomness)

    def values(self) -> dict[str, int | Sequence[int]]:
        """The inputs of the statement."""
        slots = list((self.totals if self.claimed is None else self.claimed).values())
        witness = LedgerWitness(key=self.key, ciphertext=self.ciphertext(), slots=slots)
        return witness.inputs(policy=pack_policy(self.terms), context=self.context)
