from __future__ import annotations

import pytest

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.r1cs import Builder, Evaluator, compile_gadget


def _two() -> tuple[Builder, object, object]:
    builder = Builder(2)
    return builder, builder.input(), builder.input()


def test_sums_differences_and_multiples_are_free() -> None:
    builder, x, y = _two()
    z = 3 * x - y * 2 + 5 - (1 - x) + -y
    assert builder.constraints == []
    assert z.terms == {0: 4, 1: 4, 2: R - 3}
    assert builder.linear([(3, x), (R - 3, x), (2, y)], 7).terms == {0: 7, 2: 2}
    assert builder.sum([x, y, x]).terms == {1: 2, 2: 1}
    assert (x - x).constant_value == 0
    assert (x - x + 9).constant_value == 9
    assert x.constant_value is None


def test_a_product_costs_one_constraint_unless_a_side_is_constant() -> None:
    builder, x, y = _two()
    assert (x * builder.constant(4)).terms == {1: 4}
    assert (builder.constant(4) * x).terms == {1: 4}
    assert (x * builder.constant(0)).terms == {}
    assert (0 * x).terms == {}
    assert builder.constraints == []
    product = (x + 1) * y
    assert builder.constraints == [({0: 1, 1: 1}, {2: 1}, product.terms)]


@pytest.mark.parametrize("constant_left", [True, False])
def test_a_product_with_a_constant_is_asserted_as_a_linear_constraint(constant_left: bool) -> None:
    builder, x, y = _two()
    k = builder.constant(5)
    builder.assert_product(*((k, x) if constant_left else (x, k)), y)
    assert builder.constraints == [({2: 1, 1: R - 5}, {0: 1}, {})]


def test_an_assertion_that_is_empty_or_false_is_refused_while_building() -> None:
    builder, x, _ = _two()
    for a, b in ((x, x), (builder.constant(3), 3)):
        with pytest.raises(CircuitError, match="leave it out"):
            builder.assert_equal(a, b)
    for a, b in ((builder.constant(3), 4), (3, 4)):
        with pytest.raises(CircuitError, match="false"):
            builder.assert_equal(a, b)


def test_signals_and_shadows_of_two_circuits_do_not_mix() -> None:
    builder, x, _ = _two()
    other, y, _ = _two()
    evaluator = Evaluator()
    value = evaluator.value(3)
    for mixed in (
        lambda: x + y,
        lambda: x * y,
        lambda: x - value,
        lambda: value + x,
        lambda: builder.linear([(1, y)]),
        lambda: builder.assert_equal(x, y),
        lambda: builder.shadow(y),
        lambda: evaluator.shadow(x),
        lambda: builder.shadow(x) + other.shadow(y),
        lambda: builder.shadow(x) * other.shadow(y),
        lambda: builder.witness(other.shadow(y)),
        lambda: builder.witness(evaluator.shadow(value)),
        lambda: evaluator.witness(builder.shadow(x)),
        lambda: evaluator.shadow(value) + builder.shadow(x),
    ):
        with pytest.raises(CircuitError):
            mixed()


def test_inputs_are_as_many_as_were_declared() -> None:
    builder, _, _ = _two()
    with pytest.raises(CircuitError):
        builder.input()
    with pytest.raises(CircuitError):
        builder.advice()


def test_shadows_refuse_what_the_tape_cannot_do() -> None:
    builder, x, _ = _two()
    shadow = builder.shadow(x)
    for count in (0, 255):
        with pytest.raises(CircuitError):
            shadow.bits(count)
    for modulus in (0, -3, R):
        with pytest.raises(CircuitError):
            shadow.divmod(modulus)


def test_scopes_nest_and_end_with_an_error() -> None:
    def relation(api, x):
        with api.gadget("outer"):
            api.assert_equal(x.a * x.a, x.b)
            with api.gadget("inner"):
                api.assert_equal(x.a * x.b, x.c)
        with pytest.raises(KeyError), api.gadget("broken"):
            raise KeyError
        api.assert_zero(x.d)

    circuit = compile_gadget(relation, private={"a": 1, "b": 1, "c": 1, "d": 1})
    assert circuit.gadget_counts == {"outer": 4, "outer.inner": 2}
    assert circuit.constraint_labels == ("outer", "outer", "outer.inner", "outer.inner", "")


def test_values_do_not_show_in_repr() -> None:
    evaluator = Evaluator()
    secret = evaluator.value(123456)
    assert "123456" not in repr(secret) + repr(evaluator.shadow(secret))


def test_sums_nest_as_deeply_as_anyone_likes() -> None:
    def relation(api, x):
        total = x.a
        for i in range(5000):
            total = api.linear([(1, total), (i, x.b)], 1)
        api.assert_equal(total * x.a, x.c)

    circuit = compile_gadget(relation, private={"a": 1, "b": 1, "c": 1})
    expected = (3 + 5000 + 7 * sum(range(5000))) * 3
    assert circuit.system.first_unsatisfied(circuit.tape.run_python([3, 7, expected])) == -1
