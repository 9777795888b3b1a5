"""Packed exponential ElGamal in a circuit: secret multiples of points, opening a ciphertext."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets import babyjub, edwards
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER
from zkcredit.gadgets.elgamal import KEY_BITS
from zkcredit.gadgets.montgomery import (
    EdwardsSignals,
    MontgomeryPoint,
    add_incomplete,
    assert_edwards,
    prime_order_point,
    to_edwards,
)
from zkcredit.gadgets.signed_windows import WINDOW_BITS, signed_windows
from zkcredit.gadgets.variable_base import MAX_DIGITS, signed_chain
from zkcredit.r1cs import UInt
from zkcredit.schema import N_SLOTS, SLOT_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = [
    "SecretScalar",
    "assert_prime_order",
    "multiply_point",
    "open_ciphertext",
    "pack_multiple",
    "secret_scalar",
]

_OFFSET: Final[int] = 2 ** (KEY_BITS + 1)
_PACKED_BITS: Final = N_SLOTS * SLOT_BITS
_WINDOWS_PER_SLOT: Final = SLOT_BITS // WINDOW_BITS

# What the docstrings below use: windows fill keys and slots exactly, every key lies in
# (2^249, 3·2^249) below l, and a chain of its digits is short enough.
if not (
    KEY_BITS % WINDOW_BITS == 0
    and SLOT_BITS % WINDOW_BITS == 0
    and _OFFSET + 2**KEY_BITS < SUBGROUP_ORDER
    and KEY_BITS <= MAX_DIGITS
    and 2**_PACKED_BITS < SUBGROUP_ORDER
):
    raise CircuitError("the widths of keys and slots do not fit the subgroup order")


class SecretScalar(NamedTuple):
    """What ``secret_scalar`` proves, and the hints from which its digits came.

    Attributes:
        value: e, an odd integer with 2^249 < e < 3·2^249.
        product: e·B8.
        bits: hints for the 249 bits of c, where e = 2^249 + 1 + 2c.
    """

    value: Signal
    product: MontgomeryPoint[Signal]
    bits: tuple[Shadow, ...]


def secret_scalar(api: Api, scalar: Shadow) -> SecretScalar:
    """Return a secret e with e·B8.

    Adds 661 + 3 constraints: 83 windows, and the offset.

    e = 2^250 + N with the windows' odd N, |N| < 2^249. So e is an integer below l, and e·B8
    determines it: no second scalar e + l stands for the same point.

    **Last addition.** N·B8 meets ±2^250·B8 only if N ∓ 2^250 is a multiple of l. Its size lies
    between 2^249 and 3·2^249, below l.

    Args:
        api: the circuit.
        scalar: e, as a hint. If it is not such a number, the proof is about another e.
    """
    half = pow(2, -1, R)
    bits = ((scalar - (2**KEY_BITS + 1)) * half).bits(KEY_BITS)
    with api.gadget("scalar"):
        windows = signed_windows(api, BASE8, bits)
        weighted = ((1 << WINDOW_BITS * i, digit) for i, digit in enumerate(windows.digits))
        value = api.linear(weighted, _OFFSET)
        offset = babyjub.to_montgomery(babyjub.mul(_OFFSET, BASE8))
        constant = MontgomeryPoint(*map(api.constant, offset))
        return SecretScalar(value, add_incomplete(api, windows.product, constant), tuple(bits))


def multiply_point(
    api: Api, base: MontgomeryPoint[Signal], scalar: SecretScalar
) -> MontgomeryPoint[Signal]:
    """Return e·P for a point of prime order: ``signed_chain`` over 249 digits.

    Adds 1499 constraints.

    2c = e - 2^249 - 1 lies in [0, 2^250), so the chain's binding says the same as integers. The
    result (2c + 2^249 + 1)·P is e·P, and it is not the identity because 0 < e < l.

    The caller proves that P has prime order.
    """
    return signed_chain(api, base, scalar.bits, scalar.value - (2**KEY_BITS + 1)).product


def assert_prime_order(
    api: Api, eighth: tuple[Signal, Signal], point: EdwardsSignals
) -> MontgomeryPoint[Signal]:
    """Prove that ``point`` has prime order, as 8·``eighth``, and return its Montgomery form.

    Adds 16 constraints.

    This refuses points off the curve, points with a torsion part, and the identity; see
    ``prime_order_point``.

    Args:
        api: the circuit.
        eighth: Montgomery coordinates; any signals.
        point: Edwards coordinates; any signals.
    """
    result = prime_order_point(api, MontgomeryPoint(*eighth))
    assert_edwards(api, result, point)
    return result


def pack_multiple(api: Api, slots: Sequence[Signal]) -> tuple[EdwardsSignals, list[UInt]]:
    """Return m·B8 for m = Σ slotᵢ·2^(48·i), and the slots with their proven 48 bits.

    Adds 637 + 5 + 2 + 3 constraints: 80 windows, one for each of the five slots, the Edwards form
    of the windows' product, and the addition of a constant.

    The windows give N·(B8/2) with N = 2m - (2^240 - 1), with 1/2 taken mod l. The constant
    (2^240 - 1)·(B8/2) is added completely, since m = 0 gives the identity. The 16 windows of a slot
    sum to an odd integer of size below 2^48, which is 2·slot - (2^48 - 1) for exactly one slot in
    [0, 2^48). Each slot is constrained to it, so slots need no bits of their own, and m < 2^240 < l
    does not wrap.

    Raises:
        CircuitError: if there are not five slots.
    """
    if len(slots) != N_SLOTS:
        raise CircuitError(f"a plaintext must have {N_SLOTS} slots, not {len(slots)}")
    half_base = babyjub.mul(pow(2, -1, SUBGROUP_ORDER), BASE8)
    with api.gadget("message"):
        bits = [bit for slot in slots for bit in api.shadow(slot).bits(SLOT_BITS)]
        windows = signed_windows(api, half_base, bits)
        with api.gadget("slots"):
            for i, slot in enumerate(slots):
                digits = windows.digits[_WINDOWS_PER_SLOT * i : _WINDOWS_PER_SLOT * (i + 1)]
                weighted = ((1 << WINDOW_BITS * j, digit) for j, digit in enumerate(digits))
                api.assert_equal(2 * slot, api.linear(weighted, 2**SLOT_BITS - 1))
        shift = babyjub.mul(2**_PACKED_BITS - 1, half_base)
        constant = EdwardsSignals(*map(api.constant, shift))
        total = edwards.add(api, to_edwards(api, windows.product), constant)
    return total, [UInt.unchecked(slot, SLOT_BITS) for slot in slots]


def open_ciphertext(
    api: Api,
    *,
    secret_key: Signal,
    slots: Sequence[Signal],
    public: EdwardsSignals,
    c1: EdwardsSignals,
    c1_eighth: tuple[Signal, Signal],
    c2: EdwardsSignals,
) -> list[UInt]:
    """Prove that (C1, C2) under the key pk holds the slots, and return them.

    Adds 667 + 16 + 1501 + 647 + 6 constraints: 2,837 in all.

    ==========================================================  ===========
    e and pk = e·B8 (``secret_scalar``), e = ``secret_key``     664 + 2 + 1
    C1 = 8T                                                     16
    D = e·C1 (``multiply_point``), in Edwards form              1,499 + 2
    m·B8 (``pack_multiple``)                                    647
    m·B8 + D = C2, complete                                     6
    ==========================================================  ===========

    **One plaintext.** pk determines e, because e is an integer below l. Then C2 - e·C1 determines
    m < 2^240 < l, and m determines its slots. Without pk = e·B8, whoever knows the randomness k
    could take another e' and open to m + (e - e')·k.

    **An adversarial C1** is why C1 = 8T is proved. A C1 of low order would free slopes of the
    chain, and with a torsion part the verdict would tell e mod 8. D is not the identity, so its
    Edwards form exists. But the ciphertext decides what D is, so the last addition is complete. The
    equation then puts C2 on the curve and in the subgroup.

    Args:
        api: the circuit.
        secret_key: e; any signal.
        slots: five; any signals.
        public: Edwards coordinates of pk; any signals.
        c1: Edwards coordinates of C1; any signals.
        c1_eighth: Montgomery coordinates of T with C1 = 8·T; any signals.
        c2: Edwards coordinates of C2; any signals.
    """
    with api.gadget("opening"):
        with api.gadget("key"):
            scalar = secret_scalar(api, api.shadow(secret_key))
            api.assert_equal(scalar.value, secret_key)
            assert_edwards(api, scalar.product, public)
        with api.gadget("first_point"):
            base = assert_prime_order(api, c1_eighth, c1)
        with api.gadget("mask"):
            mask = to_edwards(api, multiply_point(api, base, scalar))
        message, fields = pack_multiple(api, slots)
        with api.gadget("second_point"):
            edwards.assert_sum(api, message, mask, c2)
        return fields
