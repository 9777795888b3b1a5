"""``history``: a bureau's record of this borrower meets a lender's terms. Unlinkable.

The public inputs, in this order, are terms, context, history_root, history_scope, scope, nullifier.
The relation:

1. nullifier = H(secret, scope): the pseudonym under which the borrower applies;
2. with H(secret, history_scope), the borrower's pseudonym at the bureau, H(pseudonym, record)
   stands in the tree of history_root;
3. record and terms unpack into their fields, and every condition of the terms holds:
   repaid ≥ min_repaid, on_time ≥ min_on_time, late ≤ max_late, defaults ≤ max_defaults,
   open ≤ max_open, good_until ≥ today, largest ≥ min_largest, first_day ≤ first_day_limit and
   last_bad_day ≤ last_bad_day_limit;
4. the context takes part in a constraint, so a proof for one context does not serve for another.

**Why no bad loan can be left out.** A pseudonym has one leaf, and the statement ``history_update``
alone replaces it, whole, by the record that the bureau's contract keeps. A record expires by
itself: good_until is the day before which the next payment must have come. So a lateness that
nobody reported hides nothing, if terms.today is not behind the chain's day.

The contracts decide what this statement cannot: that history_root is fresh, that history_scope is
that of the bureau, and that today and the other terms are the product's. Terms of 0 for a minimum
and of all ones for a maximum ask for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.hashes import NULLIFIER_TAG, nullifier, nullifier_inputs
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, HISTORY_TAG, history_inputs
from zkcredit.gadgets.compare import assert_at_least
from zkcredit.gadgets.merkle import ARITY, assert_member
from zkcredit.gadgets.pack import unpack
from zkcredit.gadgets.poseidon import assert_poseidon, poseidon_gadget
from zkcredit.r1cs import Statement
from zkcredit.schema import HISTORY_DEPTH, HISTORY_RECORD, HISTORY_TERMS, PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.r1cs import Api, Inputs, Signal, UInt

__all__ = ["HISTORY_PRIVATE", "History", "HistoryWitness", "assert_history_terms"]

HISTORY_PRIVATE: Mapping[str, int] = {"record": 1, "history_path": HISTORY_DEPTH * ARITY}
"""What a statement about a record takes besides the secret."""

_AT_LEAST = (
    ("repaid", "min_repaid"),
    ("on_time", "min_on_time"),
    ("good_until", "today"),
    ("largest", "min_largest"),
)
_AT_MOST = (
    ("late", "max_late"),
    ("defaults", "max_defaults"),
    ("open", "max_open"),
    ("first_day", "first_day_limit"),
    ("last_bad_day", "last_bad_day_limit"),
)


class History(Statement):
    """The statement; the module's text is its specification."""

    name = "history"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {"secret": 1, **HISTORY_PRIVATE}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        with api.gadget("nullifier"):
            assert_poseidon(api, nullifier_inputs(x.secret, x.scope), x.nullifier, NULLIFIER_TAG)
        assert_history_terms(api, x)
        with api.gadget("context"):
            # A constraint that only an equal copy satisfies; a square would also allow −context.
            api.assert_equal(x.context, api.witness(api.shadow(x.context)))


def assert_history_terms(api: Api, x: Inputs) -> None:
    """Prove parts 2 and 3 of the relation, for whoever knows the secret.

    Adds 3,450 constraints: a pseudonym 240, a leaf 240, a path 2,454, a record 188, terms 164, and
    as many for the conditions.

    Takes from the inputs secret, record and history_path, and from the public ones terms,
    history_root and history_scope. Assumes nothing about them.
    """
    with api.gadget("history"):
        with api.gadget("pseudonym"):
            inputs = nullifier_inputs(x.secret, x.history_scope)
            pseudonym = poseidon_gadget(api, inputs, NULLIFIER_TAG)
        leaf = poseidon_gadget(api, history_inputs(pseudonym, x.record), HISTORY_TAG)
        path = [x.history_path[i : i + ARITY] for i in range(0, len(x.history_path), ARITY)]
        assert_member(api, leaf, path, x.history_root, HISTORY_NODE_TAG)
        with api.gadget("record"):
            record = _unpacked(api, x.record, HISTORY_RECORD)
        with api.gadget("terms"):
            terms = _unpacked(api, x.terms, HISTORY_TERMS)
        with api.gadget("conditions"):
            for field, bound in _AT_LEAST:
                assert_at_least(api, record[field], terms[bound])
            for field, bound in _AT_MOST:
                assert_at_least(api, terms[bound], record[field])


def _unpacked(api: Api, word: Signal, fields: Mapping[str, int]) -> dict[str, UInt]:
    return dict(zip(fields, unpack(api, word, list(fields.values())), strict=True))


@dataclass(frozen=True, slots=True, repr=False)
class HistoryWitness:
    """What the holder knows: everything private of the statement.

    Attributes:
        secret: the holder's secret, a field element.
        record: the packed record of the holder's pseudonym at the bureau.
        path: the path of its leaf in the history tree, bottom up, eight children a level.
    """

    secret: int
    record: int
    path: Sequence[Sequence[int]]

    def inputs(
        self, *, terms: int, context: int, history_root: int, history_scope: int, scope: int
    ) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``, with the nullifier computed.

        Raises:
            OutOfRange: if the secret or the scope is not a field element.
        """
        return {
            "terms": terms,
            "context": context,
            "history_root": history_root,
            "history_scope": history_scope,
            "scope": scope,
            "nullifier": nullifier(self.secret, scope),
            "secret": self.secret,
            "record": self.record,
            "history_path": tuple(child for level in self.path for child in level),
        }
