from __future__ import annotations

from dataclasses import replace

import pytest

from zkcredit.audit.determinism import undetermined
from zkcredit.gadgets.compare import assert_at_most_constant, is_zero
from zkcredit.gadgets.merkle import member_root
from zkcredit.gadgets.pack import unpack
from zkcredit.gadgets.poseidon import poseidon_gadget
from zkcredit.gadgets.range import assert_bool, range_check, to_bits
from zkcredit.r1cs import Builder, ConstraintSystem, Matrix, compile_gadget


def _system(define, inputs: int = 1, drop: int | None = None) -> tuple[ConstraintSystem, set[int]]:
    """The gadget's constraints, perhaps without one, and its input wires."""
    builder = Builder(inputs)
    define(builder, *(builder.input() for _ in range(inputs)))
    rows = [row for i, row in enumerate(builder.constraints) if i != drop]
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    return ConstraintSystem(len(builder.wire_registers), 0, *matrices), set(range(inputs + 1))


def _free(define, inputs: int = 1, drop: int | None = None) -> int:
    return len(undetermined(*_system(define, inputs, drop)))


def _bits_without_top_rule(api, x, count: int) -> None:
    """circomlib's Num2Bits: `count` booleans and their sum, whatever the count."""
    bits = [api.witness(bit) for bit in api.shadow(x).bits(count)]
    for bit in bits:
        assert_bool(api, bit)
    api.assert_equal(api.linear((1 << i, bit) for i, bit in enumerate(bits)), x)


@pytest.mark.parametrize(
    ("define", "inputs"),
    [
        (lambda api, x: to_bits(api, x, 8), 1),
        (lambda api, x: to_bits(api, x, 253), 1),
        (lambda api, x: unpack(api, x, (16, 3, 48, 40)), 1),
        (lambda api, x: poseidon_gadget(api, [x, x + 1]), 1),
        (lambda api, *x: member_root(api, x[0], [x[1:9], x[9:17]], 5), 17),
        (lambda api, x, y: range_check(api, (x - y) * x, 62), 2),
        (lambda api, x: _bits_without_top_rule(api, x, 253), 1),
    ],
)
def test_gadgets_determine_every_wire(define, inputs: int) -> None:
    assert _free(define, inputs) == 0


def test_254_bits_are_not_unique() -> None:
    assert _free(lambda api, x: _bits_without_top_rule(api, x, 254)) == 254


@pytest.mark.parametrize("drop", range(10))
def test_any_constraint_missing_from_an_unpacking_is_found(drop: int) -> None:
    def define(api, x):
        return unpack(api, x, (3, 4, 3))

    assert _free(define) == 0
    assert _free(define, drop=drop) > 0


@pytest.mark.parametrize("drop", [0, 1, 7, 100, 239])
def test_any_constraint_missing_from_a_hash_is_found(drop: int) -> None:
    assert _free(lambda api, x: poseidon_gadget(api, [x, x + 1]), drop=drop) > 0


def test_a_zero_test_leaves_its_hint_free_and_nothing_else() -> None:
    def define(api, x):
        return is_zero(api, x).value * x

    assert _free(define) == 1
    for drop in (0, 1):
        assert _free(define, drop=drop) > 1


def test_the_free_factor_of_a_constant_bound_is_seen() -> None:
    def define(api, x):
        return assert_at_most_constant(api, to_bits(api, x, 7), 0b1010010)

    assert _free(define) == 3


def test_a_quotient_is_unique_only_where_the_divisor_is_proved_non_zero() -> None:
    def quotient(api, x, y, *, guarded: bool):
        if guarded:
            inverse = api.witness(api.shadow(y).inverse())
            api.assert_product(2 * y, inverse, api.constant(2))
        q = api.witness(api.shadow(x) * api.shadow(y).inverse())
        api.assert_product(3 * y, q, 3 * x)

    assert _free(lambda api, x, y: quotient(api, x, y, guarded=True), 2) == 0
    assert _free(lambda api, x, y: quotient(api, x, y, guarded=False), 2) == 1


def test_a_square_root_is_not_unique() -> None:
    def root(api, x):
        y = api.witness(api.shadow(x))
        api.assert_product(y, y, x)

    assert _free(root) == 1


def test_domains_other_than_bits_are_understood() -> None:
    def signed(api, x):
        """x = d₀ + 4·d₁ with both digits ±1, and again with overlapping digits."""
        digits = [api.witness(api.shadow(x)) for _ in range(2)]
        for d in digits:
            api.assert_product(d - 1, d + 1, api.constant(0))
        api.assert_equal(digits[0] + 4 * digits[1], x)

    def overlapping(api, x):
        digits = [api.witness(api.shadow(x)) for _ in range(2)]
        for d in digits:
            api.assert_product(d - 1, d + 1, api.constant(0))
        api.assert_equal(digits[0] + digits[1], x)

    assert _free(signed) == 0
    assert _free(overlapping) == 2


def test_an_untouched_wire_is_free_and_given_wires_are_not() -> None:
    circuit = compile_gadget(
        lambda api, x: api.assert_equal(x.a * x.a, x.b), private={"a": 1, "b": 1}
    )
    wider = replace(circuit.system, n_wires=5)
    assert undetermined(wider, {1, 2}) == [4]
    assert undetermined(wider, {1, 2, 4}) == []
    assert undetermined(circuit.system, set()) == [1, 2, 3]
