"""``same_holder``: two pseudonyms of two scopes belong to one holder.

The public inputs, in this order, are context, scope, nullifier, other_scope, other_nullifier. The
relation:

1. nullifier = H(secret, scope) and other_nullifier = H(secret, other_scope), for one secret;
2. the context takes part in a constraint, so a proof for one context does not serve for another.

It links the two for everybody who sees the proof; that is its purpose. Whoever only wants to show
what a record says proves ``history``, which links nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.hashes import NULLIFIER_TAG, nullifier, nullifier_inputs
from zkcredit.gadgets.poseidon import assert_poseidon
from zkcredit.r1cs import Statement
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.r1cs import Api, Inputs

__all__ = ["SameHolder", "same_holder_inputs"]


class SameHolder(Statement):
    """The statement; the module's text is its specification."""

    name = "same_holder"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {"secret": 1}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        for scope, shown in ((x.scope, x.nullifier), (x.other_scope, x.other_nullifier)):
            with api.gadget("nullifier"):
                assert_poseidon(api, nullifier_inputs(x.secret, scope), shown, NULLIFIER_TAG)
        with api.gadget("context"):
            # A constraint that only an equal copy satisfies; a square would also allow −context.
            api.assert_equal(x.context, api.witness(api.shadow(x.context)))


def same_holder_inputs(
    secret: int, *, context: int, scope: int, other_scope: int
) -> dict[str, int]:
    """Return the values for ``Circuit.witness``, with both nullifiers computed.

    Raises:
        OutOfRange: if the secret or a scope is not a field element.
    """
    return {
        "context": context,
        "scope": scope,
        "nullifier": nullifier(secret, scope),
        "other_scope": other_scope,
        "other_nullifier": nullifier(secret, other_scope),
        "secret": secret,
    }
