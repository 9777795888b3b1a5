"""``scored_eligibility``: ``eligibility`` with a score that is computed from signed features.

The public inputs, in this order, are policy, context, registry_root, scope, nullifier, as in
``eligibility``. The relation is that of ``eligibility`` with two changes:

1. the first attribute of the credential is not a score but the hash of the features that a
   scorecard reads, in the scorecard's order, under a domain of their names and codes;
2. the score of which the policy speaks is the scorecard's: the base and, for each feature, the
   points of the one bin that holds it. A feature outside every bin is refused.

The scorecard is compiled in, so it is part of the circuit and of its verification key. It is the
published model whose table has the sha256
29373043cc0a1ff4431476f8c2216d729df68805d53a4870ba195caad50f4ea3 (``Scorecard.digest``). Whoever
compiles the circuit from that model gets the same circuit digest.

A credential of one kind does not serve as the other. The hash of features is not a score: it is
below 2^16 only with probability 2^-238, so ``eligibility`` refuses it under every policy. A score
is not a hash: nobody knows features that hash to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.circuits.eligibility import SCORE, Eligibility
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.scorecard import ScoreTable, assert_features, evaluate_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.r1cs import Api, Inputs, Signal

__all__ = ["ScoredEligibility", "ScoredWitness", "scored_eligibility"]


class ScoredEligibility(Eligibility):
    """The statement with the bundled scorecard; the module's text is its specification.

    Attributes:
        table: the scorecard.
    """

    name = "scored_eligibility"
    private: ClassVar[Mapping[str, int]] = {
        **Eligibility.private,
        "features": len(BUNDLED_SCORECARD.columns),
    }
    table: ClassVar[ScoreTable] = BUNDLED_SCORECARD

    def score(self, api: Api, x: Inputs) -> Signal:
        """Return the score of the signed features."""
        assert_features(api, self.table, x.features, x.attributes[SCORE])
        return evaluate_table(api, self.table, x.features).value


def scored_eligibility(scorecard: ScoreTable) -> ScoredEligibility:
    """Return the statement with another scorecard: another circuit, with keys of its own."""

    class Compiled(ScoredEligibility):
        private: ClassVar[Mapping[str, int]] = {
            **Eligibility.private,
            "features": len(scorecard.columns),
        }
        table: ClassVar[ScoreTable] = scorecard

    return Compiled()


@dataclass(frozen=True, slots=True, repr=False)
class ScoredWitness:
    """What the holder knows.

    Attributes:
        eligibility: the witness of the part that is ``eligibility``; its first attribute is the
            hash of the features.
        features: in the scorecard's order.
        table: the scorecard.
    """

    eligibility: EligibilityWitness
    features: Sequence[int]
    table: ScoreTable = BUNDLED_SCORECARD

    def inputs(
        self, *, policy: int, context: int, registry_root: int, scope: int
    ) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``, with the nullifier computed.

        Raises:
            InvalidInput: if the features are not those that the credential names by their hash.
            OutOfRange: if a feature has no bin, or the secret or the scope is not a field element.
        """
        if self.table.features_hash(self.features) != self.eligibility.attributes[SCORE]:
            raise InvalidInput("the credential is signed over other features than these")
        public = self.eligibility.inputs(
            policy=policy, context=context, registry_root=registry_root, scope=scope
        )
        return {**public, "features": tuple(self.features)}
