"""One signature, the circuit of its verification, and its inputs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from support.gadgets.curve_vectors import failing_gadget

from zkcredit.gadgets.eddsa import Signature, SigningKey, sign
from zkcredit.gadgets.eddsa_circuit import signature_inputs, verify_gadget
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.r1cs import Api, Circuit, Inputs

KEY = SigningKey(b"issuer of the circuit's tests!!!")
MESSAGE = 31337
SIGNATURE = sign(KEY, MESSAGE)


@lru_cache
def circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        key = verify_gadget(api, key_eighth=x.t, nonce_point=x.r8, scalar=x.s, message=x.m)
        api.assert_equal(key.x, x.key[0])
        api.assert_equal(key.y, x.key[1])

    return compile_gadget(
        define, public={"key": 2, "m": 1}, private={"t": 2, "r8": 2}, advice={"s": 1}
    )


def inputs(public: Point, message: int, given: Signature) -> list[int]:
    fed = signature_inputs(public, given)
    return [*public, message, *fed.key_eighth, *fed.nonce_point, fed.scalar]


HONEST = inputs(KEY.public, MESSAGE, SIGNATURE)


def refused(values: list[int], lies: dict[int, int] | None = None) -> bool:
    return failing_gadget(circuit(), values, lies) is not None
