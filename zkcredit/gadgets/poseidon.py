"""Poseidon with circomlib's parameters, on integers and in a circuit.

The state is (domain, inputs…); the hash is element 0 after the permutation. With domain 0 it is
circomlib's ``Poseidon(n)`` and poseidon-lite's. Another domain separates uses that must not meet (a
leaf from a node, a nullifier from a commitment) and costs nothing, because it is a constant.

Where libraries diverge: in reducing inputs mod r (we refuse them), in the place of the capacity
element, and in the output element.

Each S-box costs 3 constraints. A state of t elements has 8·t + p S-boxes, with p partial rounds.
Each constant element of the first state saves 3, because its S-box in round 0 is a constant. So n
inputs and a constant domain cost 213, 240, 261, 297, 321, 354, 381, 402, 417, 459, 465, 504, 543,
537, 573, 609 constraints for n = 1 .. 16.
"""

from __future__ import annotations

from hashlib import sha256
from operator import mul
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.poseidon_constants import parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.poseidon_constants import Rows, Vector
    from zkcredit.r1cs import Api, Signal

__all__ = ["assert_poseidon", "domain_tag", "permute", "poseidon", "poseidon_gadget"]


def domain_tag(name: str) -> int:
    """Return the domain of a named use: the first 31 bytes of sha256("zkcredit/v1/" + name)."""
    return int.from_bytes(sha256(f"zkcredit/v1/{name}".encode()).digest()[:31], "big")


def poseidon(inputs: Sequence[int], domain: int = 0) -> int:
    """Return the hash of 1 to 16 field elements.

    Raises:
        InvalidInput: if there are no inputs, or too many.
        OutOfRange: if an input or the domain is not in 0 .. r − 1.
    """
    state = [domain, *inputs]
    parameters(len(state))
    if not all(0 <= value < R for value in state):
        raise OutOfRange("the inputs and the domain of Poseidon must be field elements, 0 to r - 1")
    return permute(state)[0]


def permute(state: Sequence[int]) -> list[int]:
    """Permute 2 to 17 field elements, which are reduced mod r."""
    p = parameters(len(state))
    s = list(state)
    for i, constants in enumerate(p.first):
        s = _full_round(s, constants, p.last_mix if i == len(p.first) - 1 else p.mix)
    s = [(a + b) % R for a, b in zip(s, p.bridge, strict=True)]
    head, tail = s[0], s[1:]
    for post, row, column in p.partial:
        y = (_fifth_power(head) + post) % R
        head = (row[0] * y + sum(map(mul, row[1:], tail))) % R
        tail = [(a + w * y) % R for a, w in zip(tail, column, strict=True)]
    s = [head, *tail]
    for constants in p.last:
        s = _full_round(s, constants, p.mix)
    return s


def _full_round(s: list[int], constants: Vector, mix: Rows) -> list[int]:
    powers = [_fifth_power(a + k) for a, k in zip(s, constants, strict=True)]
    return [sum(map(mul, row, powers)) % R for row in mix]


def _fifth_power(x: int) -> int:
    square = x * x % R
    return square * square % R * x % R


def poseidon_gadget(api: Api, inputs: Sequence[Signal], domain: int = 0) -> Signal:
    """Return the hash of 1 to 16 signals, as a free combination of the last S-boxes.

    Adds 3·(8·t + p) - 3 constraints for n = t - 1 inputs and p partial rounds; the module's text
    lists them.

    Any field element may be an input. If a value stands for something smaller, the caller proves
    its range.

    Raises:
        InvalidInput: if there are no inputs, or too many.
    """
    with api.gadget("poseidon"):
        mix, powers = _up_to_last_s_boxes(api, inputs, domain)
        return api.linear(zip(mix[0], [_s_box(api, x) for x in powers], strict=True))


def assert_poseidon(api: Api, inputs: Sequence[Signal], digest: Signal, domain: int = 0) -> None:
    """Constrain the hash of the inputs to equal ``digest``.

    Adds 3·(8·t + p) - 3 constraints for n = t - 1 inputs and p partial rounds: as many as the hash
    alone.

    The last mix is solved for element 0. With d = Σ mᵢ·yᵢ, the last S-box is constrained to
    x⁴·x = (d − Σ_{i≥1} mᵢ·yᵢ)/m₀, in place of a new wire.

    Raises:
        InvalidInput: if there are no inputs, or too many.
    """
    with api.gadget("poseidon"):
        mix, (x, *rest) = _up_to_last_s_boxes(api, inputs, domain)
        others = [_s_box(api, other) for other in rest]
        scale = pow(mix[0][0], -1, R)
        terms = [(-m * scale, y) for m, y in zip(mix[0][1:], others, strict=True)]
        square = x * x
        api.assert_product(square * square, x, api.linear([(scale, digest), *terms]))


def _up_to_last_s_boxes(
    api: Api, inputs: Sequence[Signal], domain: int
) -> tuple[Rows, list[Signal]]:
    if not inputs:
        raise InvalidInput("Poseidon must have at least one input")
    p = parameters(len(inputs) + 1)
    s: list[Signal] = [api.constant(domain), *inputs]
    for i, constants in enumerate(p.first):
        powers = [_s_box(api, a + k) for a, k in zip(s, constants, strict=True)]
        last = i == len(p.first) - 1
        added = p.bridge if last else (0,) * p.width
        rows = p.last_mix if last else p.mix
        s = [
            api.linear(zip(row, powers, strict=True), k) for row, k in zip(rows, added, strict=True)
        ]
    head, tail = s[0], s[1:]
    for post, row, column in p.partial:
        y = _s_box(api, head) + post
        head = api.linear([(row[0], y), *zip(row[1:], tail, strict=True)])
        tail = [api.linear([(1, a), (w, y)]) for a, w in zip(tail, column, strict=True)]
    s = [head, *tail]
    for constants in p.last[:-1]:
        powers = [_s_box(api, a + k) for a, k in zip(s, constants, strict=True)]
        s = [api.linear(zip(row, powers, strict=True)) for row in p.mix]
    return p.mix, [a + k for a, k in zip(s, p.last[-1], strict=True)]


def _s_box(api: Api, x: Signal) -> Signal:
    square = x * x
    return square * square * x
