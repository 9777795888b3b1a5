"""``ledger_eligibility``: a policy holds over encrypted totals that a ledger keeps on chain.

The public inputs, in this order, are policy, context, account_x, account_y, c1_x, c1_y, c2_x, c2_y:
the policy word and the context as in ``eligibility``, the borrower's account key pk, and the
ledger's running ciphertext (C1, C2), each point in Edwards coordinates. The relation:

1. pk = e·B8 for a secret e that the prover knows, odd and between 2^249 and 3·2^249;
2. C1 = 8·T for a point T of the curve, and C1 is not the identity: C1 has prime order;
3. C2 - e·C1 = m·B8 with m = Σ slotᵢ·2^(48·i) and five slots below 2^48: score points, monthly
   income, monthly expenses, monthly debt service, delinquencies in 24 months;
4. the policy word unpacks into thresholds, and the conditions on score, coverage, debt to income
   and delinquencies hold over the slots, where delinquencies are below 2^16;
5. the policy does not ask what the ledger does not know: min_history_months, currency and
   min_issued_at are 0. A policy that names one of them has no proof, rather than a proof that
   ignores it. A ledger has one currency, on which its contract and the product agree outside;
6. the context takes part in a constraint, so a proof for one context does not serve for another.

``now`` is range-checked like every field, and no condition reads it: the ledger's epochs decide how
old the ciphertext may be. The verifier reads pk and (C1, C2) from the ledger. From a prover they
would prove nothing, since everybody can make ciphertexts. pk is a pseudonym, and the proofs of one
account can be linked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.conditions import (
    assert_coverage,
    assert_debt_to_income,
    assert_delinquencies,
    assert_score,
    unpack_policy,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import require_ciphertext
from zkcredit.gadgets.elgamal_circuit import open_ciphertext
from zkcredit.gadgets.montgomery import EdwardsSignals
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Statement
from zkcredit.schema import COUNT_BITS, N_SLOTS, NOT_JUDGED_BY_LEDGERS, PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.gadgets.elgamal import AccountKey, Ciphertext
    from zkcredit.r1cs import Api, Inputs

__all__ = ["LedgerEligibility", "LedgerWitness"]


class LedgerEligibility(Statement):
    """The statement; the module's text is its specification."""

    name = "ledger_eligibility"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {"secret_key": 1, "slots": N_SLOTS, "c1_eighth": 2}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        slots = open_ciphertext(
            api,
            secret_key=x.secret_key,
            slots=x.slots,
            public=EdwardsSignals(x.account_x, x.account_y),
            c1=EdwardsSignals(x.c1_x, x.c1_y),
            c1_eighth=x.c1_eighth,
            c2=EdwardsSignals(x.c2_x, x.c2_y),
        )
        score, income, expenses, debt_service, late = slots

        terms = unpack_policy(api, x.policy)
        with api.gadget("slots"):
            delinquencies = range_check(api, late.value, COUNT_BITS)
        with api.gadget("conditions"):
            assert_score(api, terms, score.value)
            assert_coverage(api, terms, income, expenses, debt_service)
            assert_debt_to_income(api, terms, income, debt_service)
            assert_delinquencies(api, terms, delinquencies)
            with api.gadget("not_judged"):
                for field in NOT_JUDGED_BY_LEDGERS:
                    api.assert_zero(getattr(terms, field).value)

        with api.gadget("context"):
            # A constraint that only an equal copy satisfies; a square would also allow −context.
            api.assert_equal(x.context, api.witness(api.shadow(x.context)))


@dataclass(frozen=True, slots=True, repr=False)
class LedgerWitness:
    """What the borrower knows: everything private of the statement, in the protocol's own types.

    Attributes:
        key: the account key.
        ciphertext: the account's running ciphertext, as the ledger has it.
        slots: its plaintext, in the order of ``schema.LEDGER_SLOTS`` (``elgamal.sum_entries``).
    """

    key: AccountKey
    ciphertext: Ciphertext
    slots: Sequence[int]

    def inputs(self, *, policy: int, context: int) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``.

        Raises:
            InvalidInput: if ``elgamal.require_ciphertext`` refuses the ciphertext.
        """
        require_ciphertext(self.ciphertext)
        c1, c2 = self.ciphertext
        return {
            "policy": policy,
            "context": context,
            "account_x": self.key.public.x,
            "account_y": self.key.public.y,
            "c1_x": c1.x,
            "c1_y": c1.y,
            "c2_x": c2.x,
            "c2_y": c2.y,
            "secret_key": self.key.scalar,
            "slots": tuple(self.slots),
            "c1_eighth": babyjub.to_montgomery(babyjub.eighth(c1)),
        }
