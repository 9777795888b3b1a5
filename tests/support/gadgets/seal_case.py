"""One sealed value, the circuit of its seal, and its inputs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from support.gadgets.curve_vectors import failing_gadget

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, assert_escrowed, encrypt
from zkcredit.gadgets.montgomery import EdwardsSignals
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.r1cs import Api, Circuit, Inputs

SECRET = 3**150
"""x, which no arbiter holds alone."""

ARBITERS = babyjub.mul(SECRET, BASE8)
VALUE, LABEL, SCALAR = 123_456_789, 2**247 + 11, 2**250 + 31337
SEALED = encrypt(ARBITERS, VALUE, LABEL, SCALAR)


@lru_cache
def circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        assert_escrowed(
            api,
            public=EdwardsSignals(*x.p),
            public_eighth=x.t,
            point=EdwardsSignals(*x.r),
            masked=x.masked,
            label=x.label,
            value=x.value,
            scalar=x.k,
        )

    return compile_gadget(
        define,
        public={"p": 2, "r": 2, "masked": 1, "label": 1},
        private={"value": 1, "t": 2},
        advice={"k": 1},
    )


def inputs(
    sealed: EscrowedValue = SEALED,
    *,
    public: Point = ARBITERS,
    label: int = LABEL,
    value: int = VALUE,
    scalar: int = SCALAR,
    eighth: Sequence[int] | None = None,
) -> list[int]:
    root = babyjub.to_montgomery(babyjub.eighth(public)) if eighth is None else eighth
    return [*public, *sealed.point, sealed.masked, label, value, *root, scalar]


def refusing(values: list[int]) -> str | None:
    return failing_gadget(circuit(), values)
