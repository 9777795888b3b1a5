"""One call, or a few, of every gadget, with the parameters of what its docstring claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zkcredit.circuits import conditions
from zkcredit.gadgets import (
    babyjub,
    challenge,
    compare,
    eddsa_circuit,
    edwards,
    elgamal_circuit,
    fixed_base,
    gaps,
    hashed_elgamal,
    merkle,
    montgomery,
    pack,
    poseidon,
    scorecard,
    select,
    signed_windows,
    table_point,
    tree_update,
    variable_base,
)
from zkcredit.gadgets.montgomery import EdwardsSignals, MontgomeryPoint
from zkcredit.gadgets.poseidon_constants import PARTIAL_ROUNDS
from zkcredit.gadgets.range import assert_bool, range_check, to_bits
from zkcredit.r1cs import UInt, compile_gadget
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Case:
    """A call of a gadget.

    Attributes:
        call: gets the api and the fields.
        shapes: field → number of elements.
        values: the parameters of the claim.
        advice: likewise, fields that arrive as hints.
    """

    call: Callable[[Any, Any], object]
    shapes: dict[str, int]
    values: dict[str, int] = field(default_factory=dict)
    advice: dict[str, int] = field(default_factory=dict)

    def added(self) -> int:
        def define(api: Any, x: Any) -> None:
            self.call(api, x)

        built = compile_gadget(define, private=self.shapes, advice=self.advice)
        return built.system.n_constraints


def pair(x: tuple[Any, Any]) -> MontgomeryPoint[Any]:
    return MontgomeryPoint(*x)


def xy(x: tuple[Any, Any]) -> EdwardsSignals:
    return EdwardsSignals(*x)


def uint(x: Any, bits: int) -> UInt:
    return UInt.unchecked(x, bits)


def terms(x: Any) -> conditions.PolicyTerms:
    widths = POLICY_FIELDS.items()
    return conditions.PolicyTerms(
        **{name: uint(value, bits) for (name, bits), value in zip(widths, x.t, strict=True)}
    )


def levels(x: Any) -> list[Any]:
    return [x.path[i : i + 8] for i in range(0, len(x.path), 8)]


def secret(x: Any) -> elgamal_circuit.SecretScalar:
    return elgamal_circuit.SecretScalar(x.e, pair(x.p), tuple(x.bits))


TERMS = {"t": len(POLICY_FIELDS)}
POINTS = [babyjub.to_montgomery(babyjub.mul(k, babyjub.BASE8)) for k in range(1, 9)]
NAMES = scorecard.CodeColumn("work", ("a", "b", "c"), (1, 2, 3))
AGES = scorecard.NumberColumn("age", (20, 40, 60), (5, 7, 9, 11))
SUMS = scorecard.NumberColumn("sum", (20,), (5, 7))
CARD = scorecard.ScoreTable(100, (NAMES, AGES, SUMS), "0" * 64)


def rounds(inputs: int) -> dict[str, int]:
    return {"t": inputs + 1, "p": PARTIAL_ROUNDS[inputs - 1]}


def cases() -> Iterator[tuple[Any, Case]]:
    yield assert_bool, Case(lambda a, x: assert_bool(a, x.x), {"x": 1})
    for bits in (1, 7, 253):
        for gadget in (to_bits, range_check):
            call = lambda a, x, gadget=gadget, bits=bits: gadget(a, x.x, bits)  # noqa: E731
            yield gadget, Case(call, {"x": 1}, {"n": bits})
    for one, other in ((5, 9), (40, 16)):
        for gadget in (compare.assert_at_least, compare.assert_less):
            call = lambda a, x, gadget=gadget, k=(one, other): gadget(  # noqa: E731
                a, uint(x.x, k[0]), uint(x.y, k[1])
            )
            yield gadget, Case(call, {"x": 1, "y": 1}, {"k": max(one, other)})
    yield (
        compare.assert_between,
        Case(
            lambda a, x: compare.assert_between(a, uint(x.l, 7), x.x, uint(x.h, 9)),
            {"l": 1, "x": 1, "h": 1},
            {"k": 9},
        ),
    )
    yield compare.is_zero, Case(lambda a, x: compare.is_zero(a, x.x), {"x": 1})
    for bound in (0b0110100, 0b1011111, 0b1111111, 0):
        zeros = len(re.findall("0+", f"{bound:07b}"))
        yield (
            compare.assert_at_most_constant,
            Case(
                lambda a, x, bound=bound: compare.assert_at_most_constant(
                    a, [uint(bit, 1) for bit in x.x], bound
                ),
                {"x": 7},
                {"z": zeros},
            ),
        )
        yield (
            challenge.assert_at_most,
            Case(
                lambda a, x, bound=bound: challenge.assert_at_most(a, x.x, x.u, bound),
                {"x": 7, "u": 1},
                {"z": zeros},
            ),
        )
    yield compare.assert_run, Case(lambda a, x: compare.assert_run(a, x.z, x.m), {"z": 1, "m": 1})
    yield select.select, Case(lambda a, x: select.select(a, uint(x.c, 1), x.y, x.n), CHOICE)
    yield select.gate, Case(lambda a, x: select.gate(a, uint(x.c, 1), x.y), CHOICE)
    widths = [3, 16, 48]
    yield (
        pack.pack,
        Case(
            lambda a, x: pack.pack(a, [uint(v, w) for v, w in zip(x.x, widths, strict=True)]),
            {"x": 3},
        ),
    )
    yield pack.unpack, Case(lambda a, x: pack.unpack(a, x.x, widths), {"x": 1}, {"w": sum(widths)})
    for n in (1, 2, 5, 16):
        yield (
            poseidon.poseidon_gadget,
            Case(lambda a, x, n=n: poseidon.poseidon_gadget(a, x.x[:n]), {"x": 17}, rounds(n)),
        )
        yield (
            poseidon.assert_poseidon,
            Case(
                lambda a, x, n=n: poseidon.assert_poseidon(a, x.x[:n], x.d),
                {"x": 17, "d": 1},
                rounds(n),
            ),
        )
    for d in (1, 3):
        tree = {"leaf": 1, "root": 1, "path": 8 * d}
        yield (
            merkle.member_root,
            Case(lambda a, x: merkle.member_root(a, x.leaf, levels(x), 5), tree, {"d": d}),
        )
        yield (
            merkle.assert_member,
            Case(
                lambda a, x: merkle.assert_member(a, x.leaf, levels(x), x.root, 5), tree, {"d": d}
            ),
        )
        changed = {**tree, "bits": 3 * d}
        yield (
            tree_update.replace_leaf,
            Case(
                lambda a, x: tree_update.replace_leaf(
                    a, x.leaf, [uint(b, 1) for b in x.bits], levels(x), root=x.root, node_tag=5
                ),
                changed,
                {"d": d},
            ),
        )
        yield (
            gaps.gap_root,
            Case(
                lambda a, x: gaps.gap_root(a, uint(x.leaf, 32), x.lo, x.hi, levels(x)),
                {**tree, "lo": 1, "hi": 1},
                {"d": d},
            ),
        )
    yield from points()
    yield from scores()
    for gadget, call in {
        conditions.assert_score: lambda a, x: conditions.assert_score(a, terms(x), x.x[0]),
        conditions.assert_coverage: lambda a, x: conditions.assert_coverage(
            a, terms(x), *(uint(v, 48) for v in x.x)
        ),
        conditions.assert_debt_to_income: lambda a, x: conditions.assert_debt_to_income(
            a, terms(x), *(uint(v, 48) for v in x.x[:2])
        ),
        conditions.assert_delinquencies: lambda a, x: conditions.assert_delinquencies(
            a, terms(x), uint(x.x[0], 16)
        ),
        conditions.assert_history: lambda a, x: conditions.assert_history(a, terms(x), x.x[0]),
        conditions.assert_currency: lambda a, x: conditions.assert_currency(a, terms(x), x.x[0]),
        conditions.assert_freshness: lambda a, x: conditions.assert_freshness(
            a, terms(x), *x.x[:2]
        ),
    }.items():
        yield gadget, Case(call, {**TERMS, "x": 3})
    yield (
        conditions.unpack_policy,
        Case(lambda a, x: conditions.unpack_policy(a, x.word), {"word": 1}),
    )


CHOICE = {"c": 1, "y": 1, "n": 1}
CURVE = {"p": 2, "q": 2, "r": 2}


def points() -> Iterator[tuple[Any, Case]]:
    for gadget, call in {
        montgomery.negate: lambda a, x: montgomery.negate(pair(x.p)),
        montgomery.assert_on_curve: lambda a, x: montgomery.assert_on_curve(a, pair(x.p)),
        montgomery.add_incomplete: lambda a, x: montgomery.add_incomplete(a, pair(x.p), pair(x.q)),
        montgomery.add_distinct: lambda a, x: montgomery.add_distinct(a, pair(x.p), pair(x.q)),
        montgomery.prime_order_point: lambda a, x: montgomery.prime_order_point(a, pair(x.p)),
        montgomery.to_edwards: lambda a, x: montgomery.to_edwards(a, pair(x.p)),
        montgomery.assert_edwards: lambda a, x: montgomery.assert_edwards(a, pair(x.p), xy(x.q)),
        edwards.assert_on_curve: lambda a, x: edwards.assert_on_curve(a, xy(x.p)),
        edwards.add: lambda a, x: edwards.add(a, xy(x.p), xy(x.q)),
        edwards.assert_sum: lambda a, x: edwards.assert_sum(a, xy(x.p), xy(x.q), xy(x.r)),
        elgamal_circuit.assert_prime_order: lambda a, x: elgamal_circuit.assert_prime_order(
            a, x.p, xy(x.q)
        ),
    }.items():
        yield gadget, Case(call, CURVE)
    yield montgomery.double, Case(lambda a, x: montgomery.double(a, pair(x.p)), CURVE, {"s": 0})
    yield (
        montgomery.double,
        Case(lambda a, x: montgomery.double(a, pair(x.p), x.q[0]), CURVE, {"s": 1}),
    )
    for n in (4, 8):
        yield (
            table_point.select_point,
            Case(
                lambda a, x, n=n: table_point.select_point(a, x.i, x.s, POINTS[:n]),
                {"unused": 1},
                {"n": n},
                {"i": 1, "s": 1},
            ),
        )
    yield (
        fixed_base.multiply_base8,
        Case(lambda a, x: fixed_base.multiply_base8(a, x.s), {"unused": 1}, advice={"s": 1}),
    )
    for n in (1, 83):
        yield (
            signed_windows.signed_windows,
            Case(
                lambda a, x: signed_windows.signed_windows(a, babyjub.BASE8, x.bits),
                {"unused": 1},
                {"n": n},
                {"bits": 3 * n},
            ),
        )
    for n in (2, 251):
        yield (
            variable_base.signed_chain,
            Case(
                lambda a, x: variable_base.signed_chain(a, pair(x.p), x.bits, x.c),
                {"p": 2, "c": 1},
                {"n": n},
                {"bits": n},
            ),
        )
    yield (
        challenge.multiply_by_challenge,
        Case(lambda a, x: challenge.multiply_by_challenge(a, pair(x.p), x.h), {"p": 2, "h": 1}),
    )
    yield (
        eddsa_circuit.verify_gadget,
        Case(
            lambda a, x: eddsa_circuit.verify_gadget(
                a, key_eighth=x.k, nonce_point=x.r, scalar=x.s, message=x.m
            ),
            {"k": 2, "r": 2, "m": 1},
            advice={"s": 1},
        ),
    )
    yield (
        elgamal_circuit.secret_scalar,
        Case(lambda a, x: elgamal_circuit.secret_scalar(a, x.s), {"unused": 1}, advice={"s": 1}),
    )
    yield (
        elgamal_circuit.multiply_point,
        Case(
            lambda a, x: elgamal_circuit.multiply_point(a, pair(x.b), secret(x)),
            {"b": 2, "e": 1, "p": 2},
            advice={"bits": elgamal_circuit.KEY_BITS},
        ),
    )
    yield (
        elgamal_circuit.pack_multiple,
        Case(lambda a, x: elgamal_circuit.pack_multiple(a, x.slots), {"slots": 5}),
    )
    yield (
        elgamal_circuit.open_ciphertext,
        Case(
            lambda a, x: elgamal_circuit.open_ciphertext(
                a, secret_key=x.e, slots=x.slots, public=xy(x.pk), c1=xy(x.c1), c1_eighth=x.t,
                c2=xy(x.c2),
            ),
            {"e": 1, "slots": 5, "pk": 2, "c1": 2, "t": 2, "c2": 2},
        ),
    )  # fmt: skip
    yield (
        hashed_elgamal.assert_escrowed,
        Case(
            lambda a, x: hashed_elgamal.assert_escrowed(
                a, public=xy(x.p), public_eighth=x.t, point=xy(x.r), masked=x.m, label=x.l,
                value=x.v, scalar=x.s,
            ),
            {"p": 2, "t": 2, "r": 2, "m": 1, "l": 1, "v": 1},
            advice={"s": 1},
        ),
    )  # fmt: skip


def scores() -> Iterator[tuple[Any, Case]]:
    for column in (NAMES, AGES, SUMS):
        yield (
            type(column).choose,
            Case(
                lambda a, x, column=column: column.choose(a, x.v),
                {"v": 1},
                {"n": len(column.points)},
            ),
        )
    yield (
        scorecard.evaluate_table,
        Case(
            lambda a, x: scorecard.evaluate_table(a, CARD, x.f),
            {"f": 3},
            {"b": 3 + 4 + 2, "c": 1, "m": 2},
        ),
    )
    yield (
        scorecard.assert_features,
        Case(
            lambda a, x: scorecard.assert_features(a, CARD, x.f, x.d), {"f": 3, "d": 1}, rounds(3)
        ),
    )
