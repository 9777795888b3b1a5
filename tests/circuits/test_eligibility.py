from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.circuits.condition_edges import shared_edges
from support.circuits.eligibility_case import GOOD, NEUTRAL, STRICT, Case
from support.circuits.eligibility_plain import relation_holds
from support.circuits.refusals import gadget_refusing

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.eligibility import Eligibility
from zkcredit.circuits.hashes import nullifier
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit

NOW = STRICT["now"]
HOPELESS = {
    **GOOD,
    "score": 0,
    "monthly_income": 0,
    "monthly_expenses": 2**48 - 1,
    "monthly_debt_service": 2**48 - 1,
    "delinquencies_24m": 65535,
    "history_months": 0,
}


def refused_by(circuit: Circuit, values: dict) -> str | None:
    """The gadget that refuses the values, or None."""
    return gadget_refusing(circuit, Eligibility(), values, relation_holds(values))


def test_an_honest_borrower_is_accepted(circuit: Circuit, honest: dict) -> None:
    assert refused_by(circuit, honest) is None


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


def test_the_circuit_fits_its_domain(circuit: Circuit) -> None:
    system = circuit.system
    assert circuit.public_names == ("policy", "context", "registry_root", "scope", "nullifier")
    assert system.n_public == 5
    assert system.n_constraints <= 8092
    assert system.n_constraints + system.n_public + 1 <= 8192


EDGES = [
    *shared_edges("score"),
    ("history", {"history_months": 12}, {"history_months": 11}),
    ("currency", {"currency": 978}, {"currency": 840}),
    ("freshness", {"issued_at": STRICT["min_issued_at"]}, {"issued_at": 1_789_999_999}),
    ("freshness", {"issued_at": NOW}, {"issued_at": NOW + 1}),
    ("freshness", {"expires_at": NOW + 1}, {"expires_at": NOW}),
    ("freshness", {"expires_at": NOW + 2**40}, {"expires_at": NOW + 2**40 + 1}),
]


@pytest.mark.parametrize(("gadget", "inside", "outside"), EDGES)
def test_each_condition_ends_where_it_says(
    circuit: Circuit, gadget: str, inside: dict, outside: dict
) -> None:
    assert refused_by(circuit, Case().but(**inside).values()) is None
    refusing = refused_by(circuit, Case().but(**outside).values())
    assert refusing is not None
    assert refusing.startswith(f"conditions.{gadget}")


def test_an_all_neutral_policy_accepts_a_hopeless_credential(circuit: Circuit) -> None:
    """The ungated prototype refused it, and so told the lender."""
    for record in (GOOD, HOPELESS, {**HOPELESS, "score": 65535, "history_months": 65535}):
        assert refused_by(circuit, Case(record=record, terms=NEUTRAL).values()) is None


@pytest.mark.parametrize("instalment", [1, 2**48 - 1])
def test_an_instalment_alone_demands_nothing(circuit: Circuit, instalment: int) -> None:
    terms = {**NEUTRAL, "instalment": instalment}
    assert refused_by(circuit, Case(record=HOPELESS, terms=terms).values()) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "gadget"),
    [
        ({"min_score": 1}, "score"),
        ({"coverage_bps": 1}, "coverage"),
        ({"max_dti_bps": 65534}, "debt_to_income"),
        ({"max_delinquencies": 65534}, "delinquencies"),
        ({"min_history_months": 1}, "history"),
        ({"currency": 1}, "currency"),
        ({"min_issued_at": NOW}, "freshness"),
    ],
)
def test_each_condition_alone_refuses_the_hopeless(
    circuit: Circuit, condition: dict, gadget: str
) -> None:
    values = Case(record=HOPELESS, terms={**NEUTRAL, **condition}).values()
    assert (refused_by(circuit, values) or "").startswith(f"conditions.{gadget}")


@pytest.mark.slow
@pytest.mark.parametrize("amount", ["monthly_income", "monthly_expenses", "monthly_debt_service"])
def test_amounts_at_and_beyond_their_width(circuit: Circuit, amount: str) -> None:
    for value, width_holds in ((2**48 - 1, True), (2**48, False), (R - 1, False), (R // 2, False)):
        values = Case(record={**GOOD, amount: value}, terms=NEUTRAL).values()
        assert refused_by(circuit, values) == (None if width_holds else "attributes.range")


@pytest.mark.parametrize("name", ["score", "delinquencies_24m", "history_months"])
def test_counts_beyond_their_width_fail_even_a_neutral_policy(circuit: Circuit, name: str) -> None:
    for value in (2**16, R - 1):
        values = Case(record={**GOOD, name: value}, terms=NEUTRAL).values()
        assert refused_by(circuit, values) is not None


def test_largest_amounts_do_not_wrap(circuit: Circuit) -> None:
    top = 2**48 - 1
    rich = {**GOOD, "monthly_income": top, "monthly_expenses": 0, "monthly_debt_service": 0}
    terms = {**NEUTRAL, "instalment": top, "coverage_bps": 10_000, "max_dti_bps": 10_000}
    assert refused_by(circuit, Case(record=rich, terms=terms).values()) is None
    dear = {**terms, "coverage_bps": 2**20 - 1}
    assert refused_by(circuit, Case(record=rich, terms=dear).values()) is not None
    poor = {**rich, "monthly_income": 0, "monthly_expenses": top, "monthly_debt_service": top}
    worst = {**NEUTRAL, "instalment": top, "coverage_bps": 2**20 - 1, "max_dti_bps": 0}
    assert refused_by(circuit, Case(record=poor, terms=worst).values()) is not None


def test_a_policy_word_of_245_bits_is_refused(circuit: Circuit, honest: dict) -> None:
    for extra in (2**244, 2**253):
        wrong = {**honest, "policy": honest["policy"] + extra}
        assert refused_by(circuit, wrong) == "policy.unpack.range"


@pytest.mark.parametrize("number", [1, 68_999, 69_001, 2**32 - 2])
def test_ids_beside_revoked_ones_pass(circuit: Circuit, number: int) -> None:
    assert refused_by(circuit, Case(revocation_id=number).values()) is None


@pytest.mark.parametrize(
    ("number", "gap_of"),
    [(69_000, 70_000), (71_000, 70_000), (69_000, 68_000), (5, 4), (0, 1), (2**32, 2**32 - 2)],
)
def test_revoked_and_impossible_ids_are_refused(circuit: Circuit, number: int, gap_of: int) -> None:
    values = Case(revocation_id=number, gap_of=gap_of).values()
    assert (refused_by(circuit, values) or "").startswith("revocation")


def test_another_gap_does_not_serve(circuit: Circuit, honest: dict) -> None:
    for change in ({"gap_lo": 0}, {"gap_hi": 2**32}, {"gap_lo": 69_999, "gap_hi": 70_001}):
        assert refused_by(circuit, {**honest, **change}) == "revocation.gap.member"


def test_revocation_takes_effect_through_the_root(circuit: Circuit, honest: dict) -> None:
    later = Case(revoked=(5, 70_000), gap_of=70_001).values()
    stale = {**honest, "registry_root": later["registry_root"]}
    assert (refused_by(circuit, stale) or "").startswith("registry.member")


def test_an_issuer_outside_the_registry_is_refused(circuit: Circuit, honest: dict) -> None:
    foreign = Case(seed=b"\x08" * 32).values()
    for root, path in ((honest, honest), (honest, foreign)):
        mixed = {
            **foreign,
            "registry_root": root["registry_root"],
            "registry_path": path["registry_path"],
        }
        assert (refused_by(circuit, mixed) or "").startswith("registry.member")


@pytest.mark.parametrize("place", [0, 7, 8, 63])
def test_every_place_of_the_registry_serves(circuit: Circuit, place: int) -> None:
    assert refused_by(circuit, Case(place=place).values()) is None


def test_a_leaf_is_no_node_and_a_node_no_leaf(circuit: Circuit, honest: dict) -> None:
    path = list(honest["registry_path"])
    for forged in (path[8:] + path[:8], path[8:] + path[8:], path[:8] + path[:8]):
        assert refused_by(circuit, {**honest, "registry_path": forged}) is not None


@pytest.mark.slow
@pytest.mark.parametrize("place", range(12))
def test_every_attribute_is_signed(circuit: Circuit, honest: dict, place: int) -> None:
    forged = list(honest["attributes"])
    forged[place] += 1
    values = {**honest, "attributes": forged, "policy": Case(terms=NEUTRAL).values()["policy"]}
    assert (refused_by(circuit, values) or "").startswith("eddsa")


@pytest.mark.parametrize("name", ["revocation_id", "issued_at", "expires_at", "secret"])
def test_the_header_and_the_holder_are_signed(circuit: Circuit, honest: dict, name: str) -> None:
    values = {**honest, name: honest[name] + 1}
    values["nullifier"] = nullifier(values["secret"], values["scope"])
    assert (refused_by(circuit, values) or "").startswith("eddsa")


def test_another_secret_cannot_use_the_credential(circuit: Circuit) -> None:
    values = Case(prover_secret=5).values()
    assert (refused_by(circuit, values) or "").startswith("eddsa")


def test_a_wrong_key_or_signature_is_refused(circuit: Circuit, honest: dict) -> None:
    other = Case(seed=b"\x08" * 32).values()
    nonce = honest["signature_nonce"]
    changes = [
        {"signature_scalar": (honest["signature_scalar"] + 1) % SUBGROUP_ORDER},
        {"signature_nonce": other["signature_nonce"]},
        {"signature_nonce": (-nonce[0] % R, nonce[1])},
        {"issuer_key_eighth": other["issuer_key_eighth"]},
    ]
    for change in changes:
        assert (refused_by(circuit, {**honest, **change}) or "").startswith("eddsa")


def test_the_nullifier_depends_on_secret_and_scope_alone(circuit: Circuit, honest: dict) -> None:
    again = Case(revocation_id=70_001, context=3).but(score=650, min_score=1).values()
    assert again["nullifier"] == honest["nullifier"]
    elsewhere = Case(scope=12345).values()
    assert elsewhere["nullifier"] != honest["nullifier"]
    for values in (again, elsewhere):
        assert refused_by(circuit, values) is None
    swapped = {**honest, "nullifier": elsewhere["nullifier"]}
    assert refused_by(circuit, swapped) == "nullifier.poseidon"
    assert refused_by(circuit, {**honest, "scope": 12345}) == "nullifier.poseidon"


@pytest.mark.parametrize("index", range(5))
def test_each_public_input_is_bound(circuit: Circuit, honest: dict, index: int) -> None:
    """Changed alone, with every other wire kept, each breaks a constraint."""
    wires = from_limbs(circuit.witness(honest))
    for other in (wires[1 + index] + 1, -wires[1 + index], 0):
        changed = list(wires)
        changed[1 + index] = other % R
        uses = circuit.system.wire_uses[1 + index]
        assert not all(circuit.system.holds(i, changed) for i in uses)


def test_any_context_can_be_proved_for(circuit: Circuit) -> None:
    for context in (0, 1, R - 1):
        assert refused_by(circuit, Case(context=context).values()) is None


@pytest.mark.parametrize("name", ["policy", "context", "registry_root", "scope", "nullifier"])
def test_public_inputs_beyond_the_field_are_refused(
    circuit: Circuit, honest: dict, name: str
) -> None:
    for bad in (R, honest[name] + R, 2**256 - 1, -1):
        with pytest.raises(OutOfRange):
            circuit.witness({**honest, name: bad})


def test_missing_and_unknown_inputs_are_refused(circuit: Circuit, honest: dict) -> None:
    for name in honest:
        with pytest.raises(InvalidInput):
            circuit.witness({k: v for k, v in honest.items() if k != name})
    with pytest.raises(InvalidInput):
        circuit.witness({**honest, "extra": 1})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("neutral", "failing"),
    [
        ({"min_score": 0, "max_score": 65535}, {"score": 900}),
        ({"coverage_bps": 0}, {"monthly_expenses": 2**48 - 1}),
        ({"max_dti_bps": 65535, "coverage_bps": 0}, {"monthly_debt_service": 2**48 - 1}),
        ({"max_delinquencies": 65535}, {"delinquencies_24m": 65535}),
        ({"min_history_months": 0}, {"history_months": 0}),
        ({"min_issued_at": 0}, {"issued_at": 0}),
    ],
)
def test_a_condition_that_is_off_proves_with_both_truth_values(
    circuit: Circuit, neutral: dict, failing: dict
) -> None:
    assert refused_by(circuit, Case().but(**failing).values()) is not None
    assert refused_by(circuit, Case().but(**neutral, **failing).values()) is None
    assert refused_by(circuit, Case().but(**neutral).values()) is None


def test_any_currency_is_accepted_where_none_is_named(circuit: Circuit) -> None:
    foreign = Case().paid_in(840)
    assert refused_by(circuit, foreign.values()) == "conditions.currency"
    assert refused_by(circuit, foreign.but(currency=0).values()) is None
