"""``history_eligibility``: ``eligibility`` and ``history`` of one holder in one proof.

The public inputs, in this order, are policy, context, registry_root, scope, nullifier, as in
``eligibility``, and terms, history_root, history_scope. The relation is that of ``eligibility`` and
parts 2 and 3 of that of ``history``, with the same secret: nobody can put somebody else's record
beside a credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.eligibility import Eligibility
from zkcredit.circuits.history import HISTORY_PRIVATE, assert_history_terms
from zkcredit.errors import InvalidInput
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.circuits.history import HistoryWitness
    from zkcredit.r1cs import Api, Inputs

__all__ = ["HistoryEligibility", "HistoryEligibilityWitness"]


class HistoryEligibility(Eligibility):
    """The statement; the module's text is its specification."""

    name = "history_eligibility"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {**Eligibility.private, **HISTORY_PRIVATE}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of ``eligibility``, and then that of the record."""
        super().define(api, x)
        assert_history_terms(api, x)


@dataclass(frozen=True, slots=True, repr=False)
class HistoryEligibilityWitness:
    """What the holder knows.

    Attributes:
        eligibility: the witness of the part that is ``eligibility``.
        history: the witness of the record, of the same secret.
    """

    eligibility: EligibilityWitness
    history: HistoryWitness

    def inputs(
        self,
        *,
        policy: int,
        context: int,
        registry_root: int,
        scope: int,
        terms: int,
        history_root: int,
        history_scope: int,
    ) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``, with the nullifier computed.

        Raises:
            InvalidInput: if the two witnesses have different secrets.
            OutOfRange: if the secret or the scope is not a field element.
        """
        if self.eligibility.secret != self.history.secret:
            raise InvalidInput("the credential and the record must be of one holder")
        record = self.history.inputs(
            terms=terms,
            context=context,
            history_root=history_root,
            history_scope=history_scope,
            scope=scope,
        )
        credential = self.eligibility.inputs(
            policy=policy, context=context, registry_root=registry_root, scope=scope
        )
        return {**record, **credential}
