"""Gadgets as small circuits with inputs that satisfy them, for the mutation of constraints."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zkcredit import schema
from zkcredit.audit.annotations import Annotation
from zkcredit.bn254.fields import R
from zkcredit.circuits import conditions
from zkcredit.gadgets import babyjub, edwards
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER, mul, to_montgomery
from zkcredit.gadgets.challenge import multiply_by_challenge
from zkcredit.gadgets.compare import (
    assert_at_least,
    assert_at_most_constant,
    assert_between,
    assert_less,
    is_zero,
)
from zkcredit.gadgets.eddsa import SigningKey, challenge, sign
from zkcredit.gadgets.eddsa_circuit import signature_inputs, verify_gadget
from zkcredit.gadgets.elgamal_circuit import pack_multiple, secret_scalar
from zkcredit.gadgets.fixed_base import multiply_base8
from zkcredit.gadgets.gaps import GAP_TAG, GapTree, gap_root
from zkcredit.gadgets.merkle import Tree8, assert_member
from zkcredit.gadgets.montgomery import (
    EdwardsSignals,
    MontgomeryPoint,
    add_distinct,
    assert_on_curve,
    prime_order_point,
    to_edwards,
)
from zkcredit.gadgets.pack import unpack
from zkcredit.gadgets.poseidon import assert_poseidon, poseidon, poseidon_gadget
from zkcredit.gadgets.range import range_check, to_bits
from zkcredit.gadgets.scorecard import CodeColumn, NumberColumn, ScoreTable, evaluate_table
from zkcredit.gadgets.select import gate, select
from zkcredit.gadgets.signed_windows import signed_windows
from zkcredit.gadgets.tree_update import SparseTree8, replace_leaf
from zkcredit.gadgets.variable_base import signed_chain
from zkcredit.r1cs import UInt, compile_gadget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.r1cs import Api, Circuit, Inputs

__all__ = ["CASES", "GadgetCase"]

Values = dict[str, Any]


@dataclass(frozen=True)
class GadgetCase:
    """A gadget as a separate circuit.

    Attributes:
        define: the function that builds it.
        shape: private field → number of elements.
        honest: inputs that satisfy it.
        dishonest: inputs that break it, besides honest inputs with one changed element.
        advice: field → number of elements that are not wires.
        annotations: the values that the prover may choose.
    """

    define: Callable[[Api, Inputs], object]
    shape: Mapping[str, int]
    honest: Sequence[Values]
    dishonest: Sequence[Values] = ()
    advice: Mapping[str, int] = field(default_factory=dict)
    annotations: Sequence[Annotation] = ()

    @cached_property
    def circuit(self) -> Circuit:
        """The compiled gadget."""

        def define(api: Api, x: Inputs) -> None:
            self.define(api, x)

        return compile_gadget(define, private=dict(self.shape), advice=dict(self.advice))


def _uint(x: Any, bits: int) -> UInt:
    return UInt.unchecked(x, bits)


def _montgomery(scalar: int) -> tuple[int, int]:
    return to_montgomery(mul(scalar, BASE8))


_TREE = Tree8(1, [11, 22, 33, 44, 55, 66, 77, 88], 5)
_GAPS = GapTree([5, 9])
_GAP = _GAPS.gap_for(7)


def _replaced(place: int, leaf: int) -> Values:
    tree = SparseTree8(1, 5)
    for i in range(8):
        tree.replace(i, 11 * (i + 1))
    root = tree.root
    (path,) = tree.replace(place, leaf)
    return {"leaf": leaf, "i": place, "path": path, "root": root, "after": tree.root}


def _wide_path() -> list[int]:
    leaf = poseidon([R - 1, 2**33 - 1], GAP_TAG)
    return [*range(2, 9), leaf]


_KEY = SigningKey(b"issuer of the mutation of rows !")


def _signed(message: int) -> Values:
    fed = signature_inputs(_KEY.public, sign(_KEY, message))
    return {"t": fed.key_eighth, "r8": fed.nonce_point, "m": message, "s": fed.scalar}


def _signed_over_another_point(x_sign: int, y_sign: int) -> Values:
    """Sign as a dishonest issuer who hashes R8 with another sign and answers to that.

    Only the comparison of the computed point with R8 can notice it.
    """
    nonce = 7**80 % SUBGROUP_ORDER
    point = mul(nonce, BASE8)
    claimed = babyjub.Point(x_sign * point.x % R, y_sign * point.y % R)
    scalar = _KEY.respond(nonce, challenge(claimed, _KEY.public, 31337))
    root = to_montgomery(babyjub.eighth(_KEY.public))
    return {"t": root, "r8": tuple(claimed), "m": 31337, "s": scalar}


def _every_digit(windows: int) -> list[int]:
    """Integers of three-bit digits: in each place, each of the eight occurs once."""
    return [sum(((d + i) % 8) << 3 * i for i in range(windows)) for d in range(8)]


_TERMS = dict.fromkeys(schema.POLICY_FIELDS, 0)
_FREE = Annotation("fixed_base", "the scalar is advice", "")
_FREE_WINDOWS = Annotation("scalar.windows", "the scalar is advice", "")
_CHAIN = 12
_CARD = ScoreTable(
    100,
    (
        NumberColumn("age", (20, 40, 60), (5, 7, 9, 11)),
        CodeColumn("work", ("employed", "self-employed", "student"), (3, 2, 1)),
    ),
    "0" * 64,
)


def _terms(x: Inputs) -> conditions.PolicyTerms:
    widths = schema.POLICY_FIELDS.items()
    names = {name: _uint(value, bits) for (name, bits), value in zip(widths, x.t, strict=True)}
    return conditions.PolicyTerms(**names)


def _policy(**terms: int) -> list[int]:
    return list({**_TERMS, **terms}.values())


def _chain(api: Api, x: Inputs) -> None:
    base = prime_order_point(api, MontgomeryPoint(*x.root))
    signed_chain(api, base, api.shadow(x.c).bits(_CHAIN), 2 * x.c)


def _challenge(api: Api, x: Inputs) -> None:
    multiply_by_challenge(api, prime_order_point(api, MontgomeryPoint(*x.root)), x.h)


def _distinct(api: Api, x: Inputs) -> None:
    p, q = (prime_order_point(api, MontgomeryPoint(*root)) for root in (x.p, x.q))
    to_edwards(api, add_distinct(api, p, q))


def _complete(api: Api, x: Inputs) -> None:
    p, q = EdwardsSignals(*x.p), EdwardsSignals(*x.q)
    edwards.assert_on_curve(api, p)
    edwards.assert_on_curve(api, q)
    edwards.add(api, p, q)


def _replace(api: Api, x: Inputs) -> None:
    bits = to_bits(api, x.i, 3)
    api.assert_equal(replace_leaf(api, x.leaf, bits, [x.path], root=x.root, node_tag=5), x.after)


def _windows(api: Api, x: Inputs) -> None:
    found = signed_windows(api, BASE8, api.shadow(x.c).bits(18))
    weighted = ((8**i, digit) for i, digit in enumerate(found.digits))
    api.assert_equal(2 * x.c, api.linear(weighted, 8**6 - 1))


def _signature(api: Api, x: Inputs) -> None:
    verify_gadget(api, key_eighth=x.t, nonce_point=x.r8, scalar=x.s, message=x.m)


def _bits(api: Api, x: Inputs) -> None:
    assert_at_most_constant(api, to_bits(api, x.x, 10), 0b1010011010)


_MOST = (2**62 - 1) // 10_000
# left over less what is needed: every bit of 62 set, by 10,000·income - bps·instalment
_COVERED = [
    {"t": _policy(instalment=1, coverage_bps=_NEED), "x": (_MOST + 1, 0, 0)}
    for _NEED in [10_000 * (_MOST + 1) - (2**62 - 1)]
]
_H = SUBGROUP_ORDER // 3
_H7 = 7 * SUBGROUP_ORDER + SUBGROUP_ORDER // 3

CASES: dict[str, GadgetCase] = {
    "range_check 16": GadgetCase(
        lambda api, x: range_check(api, x.x, 16), {"x": 1},
        [{"x": 0}, {"x": 2**16 - 1}], [{"x": 2**16}, {"x": R - 1}],
    ),
    "range_check 253": GadgetCase(
        lambda api, x: range_check(api, x.x, 253), {"x": 1}, [{"x": 0}, {"x": 2**253 - 1}],
        [{"x": R - 1}]
    ),
    "unpack": GadgetCase(
        lambda api, x: unpack(api, x.x, [3, 5, 8]), {"x": 1}, [{"x": 0}, {"x": 0xFFFF}]
    ),
    "is_zero": GadgetCase(lambda api, x: is_zero(api, x.x), {"x": 1}, [{"x": 5}, {"x": 0}]),
    "assert_between": GadgetCase(
        lambda api, x: assert_between(api, _uint(x.lo, 8), x.x, _uint(x.hi, 8)),
        {"lo": 1, "x": 1, "hi": 1}, [{"lo": 10, "x": 17, "hi": 200}, {"lo": 0, "x": 255, "hi": 255},
         {"lo": 0, "x": 0, "hi": 255}],
    ),
    "assert_at_least": GadgetCase(
        lambda api, x: assert_at_least(api, _uint(x.a, 8), _uint(x.b, 8)),
        {"a": 1, "b": 1}, [{"a": 255, "b": 0}, {"a": 9, "b": 9}],
    ),
    "assert_less": GadgetCase(
        lambda api, x: assert_less(api, _uint(x.a, 8), _uint(x.b, 8)),
        {"a": 1, "b": 1}, [{"a": 0, "b": 255}, {"a": 8, "b": 9}],
    ),
    "assert_at_most_constant": GadgetCase(
        _bits, {"x": 1}, [{"x": 0b1010011010}, {"x": 0b1001111111}, {"x": 0b0111111111}, {"x": 0}],
        [{"x": 0b1010011010 | 1 << i} for i in range(10)]
        + [{"x": (0b1010011010 >> i | 1) << i} for i in range(10)],
    ),
    "select": GadgetCase(
        lambda api, x: select(api, _uint(x.c, 1), x.a, x.b), {"c": 1, "a": 1, "b": 1},
        [{"c": 1, "a": 5, "b": 6}],
    ),
    "gate": GadgetCase(
        lambda api, x: gate(api, _uint(x.c, 1), x.a), {"c": 1, "a": 1}, [{"c": 1, "a": 5}]
    ),
    "poseidon 2": GadgetCase(
        lambda api, x: poseidon_gadget(api, x.x), {"x": 2}, [{"x": (5, 6)}]
    ),
    "assert_poseidon 2": GadgetCase(
        lambda api, x: assert_poseidon(api, x.x, x.h), {"x": 2, "h": 1},
        [{"x": (5, 6), "h": poseidon([5, 6])}],
    ),
    "assert_member": GadgetCase(
        lambda api, x: assert_member(api, x.leaf, [x.path], x.root, 5),
        {"leaf": 1, "path": 8, "root": 1},
        [{"leaf": leaf, "path": _TREE.path(0)[0], "root": _TREE.root} for leaf in (33, 88)],
    ),
    "replace_leaf": GadgetCase(
        _replace, {"leaf": 1, "i": 1, "path": 8, "root": 1, "after": 1},
        [_replaced(place, 7**place) for place in range(8)],
    ),
    "gap_root": GadgetCase(
        lambda api, x: gap_root(api, _uint(x.id, 32), x.lo, x.hi, [x.path]),
        {"id": 1, "lo": 1, "hi": 1, "path": 8},
        [{"id": 7, "lo": _GAP.lo, "hi": _GAP.hi,
          "path": [*range(1, 8), poseidon([_GAP.lo, _GAP.hi], GAP_TAG)]},
         {"id": 2**32 - 1, "lo": -1 % R, "hi": 2**33 - 1, "path": _wide_path()}],
    ),
    "assert_on_curve": GadgetCase(
        lambda api, x: assert_on_curve(api, MontgomeryPoint(*x.p)), {"p": 2},
        [{"p": _montgomery(5)}],
    ),
    "prime_order_point, to_edwards": GadgetCase(
        lambda api, x: to_edwards(api, prime_order_point(api, MontgomeryPoint(*x.p))), {"p": 2},
        [{"p": _montgomery(5)}],
    ),
    "add_distinct": GadgetCase(
        _distinct, {"p": 2, "q": 2}, [{"p": _montgomery(5), "q": _montgomery(9)}]
    ),
    "complete addition": GadgetCase(
        _complete, {"p": 2, "q": 2},
        [{"p": tuple(mul(5, BASE8)), "q": tuple(mul(9, BASE8))}],
    ),
    "signed_chain 12": GadgetCase(
        _chain, {"root": 2, "c": 1}, [{"root": _montgomery(5), "c": 0b1011_0110_0101}]
    ),
    "signed_windows 6": GadgetCase(
        _windows, {"c": 1}, [{"c": c} for c in _every_digit(6)]
    ),
    "multiply_by_challenge": GadgetCase(
        _challenge, {"root": 2, "h": 1},
        [{"root": _montgomery(5), "h": h} for h in (_H, _H + 1, _H7, _H7 + 1)],
    ),
    "multiply_base8": GadgetCase(
        lambda api, x: multiply_base8(api, x.s), {}, [{"s": k**64 * 3**100 % SUBGROUP_ORDER}
        for k in range(1, 9)],
        advice={"s": 1}, annotations=[_FREE],
    ),
    "secret_scalar": GadgetCase(
        lambda api, x: secret_scalar(api, x.s), {},
        [{"s": 2**249 + 1 + 2 * c} for c in _every_digit(83)], advice={"s": 1},
        annotations=[_FREE_WINDOWS],
    ),
    "pack_multiple": GadgetCase(
        lambda api, x: pack_multiple(api, x.slots), {"slots": 5},
        [{"slots": [c] * 5} for c in _every_digit(16)],
    ),
    "verify_gadget": GadgetCase(
        _signature, {"t": 2, "r8": 2, "m": 1},
        [_signed(message) for message in range(31337, 31345)],
        [_signed_over_another_point(-1, 1), _signed_over_another_point(1, -1)],
        advice={"s": 1}, annotations=[Annotation("eddsa.nonce.fixed_base", "advice", "")],
    ),
    "scorecard": GadgetCase(
        lambda api, x: evaluate_table(api, _CARD, x.x), {"x": 2},
        [{"x": (33, 1)}, {"x": (61, 2)}, {"x": (5, 0)}], [{"x": (33, 3)}, {"x": (33, R - 1)}],
    ),
    "assert_score": GadgetCase(
        lambda api, x: conditions.assert_score(api, _terms(x), x.x), {"t": 10, "x": 1},
        [{"t": _policy(min_score=300, max_score=900), "x": 700},
         {"t": _policy(max_score=65535), "x": 0}, {"t": _policy(max_score=65535), "x": 65535}],
    ),
    "assert_coverage": GadgetCase(
        lambda api, x: conditions.assert_coverage(api, _terms(x), *(_uint(v, 48) for v in x.x)),
        {"t": 10, "x": 3},
        [{"t": _policy(instalment=75, coverage_bps=20_000), "x": (9000, 120, 30)},
         {"t": _policy(instalment=75), "x": (9000, 120, 30)}, *_COVERED],
    ),
    "assert_debt_to_income": GadgetCase(
        lambda api, x: conditions.assert_debt_to_income(api, _terms(x), *(_uint(v, 48)
                                                                        for v in x.x)),
        {"t": 10, "x": 2},
        [{"t": _policy(instalment=75, max_dti_bps=3500), "x": (9000, 30)},
         {"t": _policy(instalment=75, max_dti_bps=65535), "x": (9000, 30)}],
    ),
    "assert_currency": GadgetCase(
        lambda api, x: conditions.assert_currency(api, _terms(x), x.x), {"t": 10, "x": 1},
        [{"t": _policy(currency=978), "x": 978}],
    ),
    "assert_freshness": GadgetCase(
        lambda api, x: conditions.assert_freshness(api, _terms(x), x.i, x.e),
        {"t": 10, "i": 1, "e": 1},
        [{"t": _policy(now=1000, min_issued_at=500), "i": 700, "e": 2000},
         {"t": _policy(now=2**40 - 1), "i": 0, "e": 2**40},
         {"t": _policy(now=2**40 - 1), "i": 2**40 - 1, "e": 2**41 - 1}],
    ),
}  # fmt: skip
"""Gadget → its case."""
