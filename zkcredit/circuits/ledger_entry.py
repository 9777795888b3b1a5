"""``ledger_entry``: an issuer's ciphertext is the encryption of five amounts, for this account.

The public inputs, in this order, are context, account_x, account_y, c1_x, c1_y, c2_x, c2_y: what
the entry is bound to, the borrower's account key pk, and the ciphertext (C1, C2), each point in
Edwards coordinates. The relation:

1. pk = 8·T for a point T of the curve, and pk is not the identity: pk has prime order;
2. C1 = k·B8 for a secret k that the issuer knows, odd and between 2^249 and 3·2^249;
3. C2 = m·B8 + k·pk with m = Σ slotᵢ·2^(48·i) and five slots below 2^40: score points, monthly
   income, monthly expenses, monthly debt service, delinquencies in 24 months;
4. the context takes part in a constraint, so a proof for one context does not serve for another.

It is the relation of an opening with the roles exchanged: k stands for the secret key, and the
account's key for C1. So C1 and C2 lie on the curve and have prime order (C2 may be the identity),
a ciphertext has exactly one plaintext, and at most 256 such ciphertexts add up without a carry from
slot to slot.

**What it prevents.** Anybody can add ciphertexts. Whoever enters Enc(wanted) - total, without
knowing the total, would set it to any value; this statement proves that the issuer knows the
amounts of an entry, and that they are not negative. A torsion part in C1, or a slot of more than 40
bits, would prevent proofs about the account for ever; this statement excludes such entries.

The contract computes the context from chain, ledger, account, issuer and the number of entries that
this issuer made in this account. So a proof belongs to one entry, and nobody else can use it. The
statement does not say that the amounts are true, that k is used once, or that the envelope beside
the entry contains the same amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import require_account_key
from zkcredit.gadgets.elgamal_circuit import open_ciphertext
from zkcredit.gadgets.montgomery import EdwardsSignals
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Statement
from zkcredit.schema import ENTRY_BITS, N_SLOTS, PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.r1cs import Api, Inputs

__all__ = ["EntryWitness", "LedgerEntryStatement"]


class LedgerEntryStatement(Statement):
    """The statement; the module's text is its specification."""

    name = "ledger_entry"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {
        "randomness": 1,
        "slots": N_SLOTS,
        "account_eighth": 2,
    }

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        slots = open_ciphertext(
            api,
            secret_key=x.randomness,
            slots=x.slots,
            public=EdwardsSignals(x.c1_x, x.c1_y),
            c1=EdwardsSignals(x.account_x, x.account_y),
            c1_eighth=x.account_eighth,
            c2=EdwardsSignals(x.c2_x, x.c2_y),
        )
        with api.gadget("slots"):
            for slot in slots:
                range_check(api, slot.value, ENTRY_BITS)
        with api.gadget("context"):
            # A constraint that only an equal copy satisfies; a square would also allow −context.
            api.assert_equal(x.context, api.witness(api.shadow(x.context)))


@dataclass(frozen=True, slots=True, repr=False)
class EntryWitness:
    """An issuer's knowledge of an entry: the private inputs of the statement.

    Attributes:
        account: the borrower's account key.
        ciphertext: the entry, ``elgamal.encrypt`` of the slots with the randomness.
        slots: its plaintext, in the order of ``schema.LEDGER_SLOTS``.
        randomness: k, as ``elgamal.fresh_randomness`` draws it.
    """

    account: Point
    ciphertext: Ciphertext
    slots: Sequence[int]
    randomness: int

    def inputs(self, *, context: int) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``.

        Raises:
            InvalidInput: if the account is not a point of prime order.
        """
        require_account_key(self.account)
        points = (*self.account, *self.ciphertext.c1, *self.ciphertext.c2)
        public = zip(PUBLIC_INPUTS["ledger_entry"], (context, *points), strict=True)
        return {
            **dict(public),
            "randomness": self.randomness,
            "slots": tuple(self.slots),
            "account_eighth": babyjub.to_montgomery(babyjub.eighth(self.account)),
        }
