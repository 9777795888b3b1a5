"""One opened ciphertext, the circuit of its opening, and its inputs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from support.gadgets.curve_vectors import failing_gadget

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import AccountKey, Ciphertext, encrypt
from zkcredit.gadgets.elgamal_circuit import open_ciphertext
from zkcredit.gadgets.montgomery import EdwardsSignals
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.r1cs import Api, Circuit, Inputs

KEY = AccountKey(b"borrower of the circuit's tests.")
SLOTS = (700, 300_000, 120_000, 30_000, 1)
CIPHERTEXT = encrypt(KEY.public, SLOTS, 31337)


@lru_cache
def circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        open_ciphertext(
            api,
            secret_key=x.e,
            slots=x.slots,
            public=EdwardsSignals(*x.pk),
            c1=EdwardsSignals(*x.c1),
            c1_eighth=x.t,
            c2=EdwardsSignals(*x.c2),
        )

    return compile_gadget(
        define, public={"pk": 2, "c1": 2, "c2": 2}, private={"e": 1, "slots": 5, "t": 2}
    )


def inputs(
    ciphertext: Ciphertext = CIPHERTEXT,
    *,
    public: Point = KEY.public,
    scalar: int = KEY.scalar,
    slots: Sequence[int] = SLOTS,
    eighth: Sequence[int] | None = None,
) -> list[int]:
    root = babyjub.to_montgomery(babyjub.eighth(ciphertext.c1)) if eighth is None else eighth
    return [*public, *ciphertext.c1, *ciphertext.c2, scalar, *slots, *root]


def refusing(values: list[int], lies: dict[int, int] | None = None) -> str | None:
    return failing_gadget(circuit(), values, lies)
