from __future__ import annotations

import pytest
from support.circuits.condition_edges import shared_edges
from support.circuits.eligibility_case import NEUTRAL, pack_policy
from support.circuits.ledger_case import (
    BANK,
    BORROWER,
    EMPLOYER,
    GOOD,
    LEDGER_STRICT,
    MOBILE_MONEY,
    LedgerCase,
)
from support.circuits.ledger_plain import ledger_relation_holds
from support.circuits.refusals import gadget_refusing

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.ledger_eligibility import LedgerEligibility, LedgerWitness
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.elgamal import (
    EMPTY,
    AccountKey,
    Ciphertext,
    add,
    encrypt,
    reencrypt,
    subtract,
)
from zkcredit.r1cs import Circuit, compile_statement
from zkcredit.schema import NOT_JUDGED_BY_LEDGERS

PUBLIC = ("policy", "context", "account_x", "account_y", "c1_x", "c1_y", "c2_x", "c2_y")
STRANGER = AccountKey(b"another account of the ledger...")
HOPELESS = {
    "score_points": 0,
    "monthly_income": 0,
    "monthly_expenses": 2**48 - 1,
    "monthly_debt_service": 2**48 - 1,
    "delinquencies_24m": 65535,
}


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compile_statement(LedgerEligibility())


@pytest.fixture(scope="module")
def honest() -> dict:
    return LedgerCase().values()


def refused_by(circuit: Circuit, values: dict) -> str | None:
    """The gadget that refuses the values, or None."""
    return gadget_refusing(circuit, LedgerEligibility(), values, ledger_relation_holds(values))


def points(account: Point, ciphertext: Ciphertext) -> dict[str, int]:
    """The public inputs for an account and a ciphertext."""
    flat = [c for point in (account, *ciphertext) for c in point]
    return dict(zip(PUBLIC[2:], flat, strict=True))


def test_an_honest_borrower_is_accepted(circuit: Circuit, honest: dict) -> None:
    assert refused_by(circuit, honest) is None


def test_entries_of_three_issuers_are_judged_as_one(circuit: Circuit) -> None:
    total = EMPTY
    for i, entry in enumerate((EMPLOYER, BANK, MOBILE_MONEY), 1):
        total = add(total, encrypt(BORROWER.public, entry, 1000 + i))
    witness = LedgerWitness(BORROWER, total, tuple(GOOD.values()))
    values = witness.inputs(policy=pack_policy(LEDGER_STRICT), context=1)
    assert refused_by(circuit, values) is None


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


def test_the_circuit_fits_its_domain(circuit: Circuit) -> None:
    system = circuit.system
    assert circuit.public_names == PUBLIC
    assert system.n_public == 8
    assert system.n_constraints <= 3418
    assert system.n_constraints + system.n_public + 1 <= 4096


EDGES = shared_edges("score_points")


@pytest.mark.slow
@pytest.mark.parametrize(("gadget", "inside", "outside"), EDGES)
def test_each_condition_ends_where_it_says(
    circuit: Circuit, gadget: str, inside: dict, outside: dict
) -> None:
    assert refused_by(circuit, LedgerCase().but(**inside).values()) is None
    refusing = refused_by(circuit, LedgerCase().but(**outside).values())
    assert (refusing or "").startswith(f"conditions.{gadget}")


def test_an_all_neutral_policy_accepts_hopeless_totals(circuit: Circuit) -> None:
    for totals in (GOOD, HOPELESS, {**HOPELESS, "score_points": 65535}):
        assert refused_by(circuit, LedgerCase(totals=totals, terms=NEUTRAL).values()) is None


@pytest.mark.parametrize(
    ("condition", "gadget"),
    [
        ({"min_score": 1}, "score"),
        ({"coverage_bps": 1}, "coverage"),
        ({"max_dti_bps": 65534}, "debt_to_income"),
        ({"max_delinquencies": 65534}, "delinquencies"),
    ],
)
def test_each_condition_alone_refuses_the_hopeless(
    circuit: Circuit, condition: dict, gadget: str
) -> None:
    values = LedgerCase(totals=HOPELESS, terms={**NEUTRAL, **condition}).values()
    assert (refused_by(circuit, values) or "").startswith(f"conditions.{gadget}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("neutral", "failing"),
    [
        ({"min_score": 0, "max_score": 65535}, {"score_points": 900}),
        ({"coverage_bps": 0}, {"monthly_expenses": 2**48 - 1}),
        ({"max_dti_bps": 65535, "coverage_bps": 0}, {"monthly_debt_service": 2**48 - 1}),
        ({"max_delinquencies": 65535}, {"delinquencies_24m": 65535}),
    ],
)
def test_a_condition_that_is_off_proves_with_both_truth_values(
    circuit: Circuit, neutral: dict, failing: dict
) -> None:
    assert refused_by(circuit, LedgerCase().but(**failing).values()) is not None
    assert refused_by(circuit, LedgerCase().but(**neutral, **failing).values()) is None
    assert refused_by(circuit, LedgerCase().but(**neutral).values()) is None


@pytest.mark.slow
@pytest.mark.parametrize("field", NOT_JUDGED_BY_LEDGERS)
@pytest.mark.parametrize("terms", [NEUTRAL, LEDGER_STRICT])
def test_a_policy_that_asks_what_the_ledger_does_not_know_has_no_proof(
    circuit: Circuit, field: str, terms: dict
) -> None:
    for value in (1, 2**15, 2**16 - 1):
        values = LedgerCase(terms={**terms, field: value}).values()
        assert refused_by(circuit, values) == "conditions.not_judged"


def test_the_time_of_the_policy_is_bound_and_judges_nothing(circuit: Circuit) -> None:
    for now in (0, 1, 2**40 - 1):
        assert refused_by(circuit, LedgerCase().but(now=now).values()) is None


def test_a_policy_word_of_245_bits_is_refused(circuit: Circuit, honest: dict) -> None:
    for extra in (2**244, 2**253):
        wrong = {**honest, "policy": honest["policy"] + extra}
        assert refused_by(circuit, wrong) == "policy.unpack.range"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["score_points", "delinquencies_24m"])
def test_counts_beyond_16_bits_fail_even_a_neutral_policy(circuit: Circuit, name: str) -> None:
    for value in (2**16, 2**48 - 1):
        case = LedgerCase(totals={**GOOD, name: value}, terms=NEUTRAL)
        assert refused_by(circuit, case.values()) in (
            "slots.range",
            "conditions.score.between.range",
        )


def test_largest_amounts_do_not_wrap(circuit: Circuit) -> None:
    top = 2**48 - 1
    rich = {**GOOD, "monthly_income": top, "monthly_expenses": 0, "monthly_debt_service": 0}
    terms = {**NEUTRAL, "instalment": top, "coverage_bps": 10_000, "max_dti_bps": 10_000}
    assert refused_by(circuit, LedgerCase(totals=rich, terms=terms).values()) is None
    dear = {**terms, "coverage_bps": 2**20 - 1}
    assert refused_by(circuit, LedgerCase(totals=rich, terms=dear).values()) is not None
    poor = {**rich, "monthly_income": 0, "monthly_expenses": top, "monthly_debt_service": top}
    worst = {**NEUTRAL, "instalment": top, "coverage_bps": 2**20 - 1, "max_dti_bps": 0}
    assert refused_by(circuit, LedgerCase(totals=poor, terms=worst).values()) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_totals_other_than_the_ledgers_are_refused(circuit: Circuit, name: str) -> None:
    for value in (GOOD[name] + 1, 0, 2**48 - 1):
        case = LedgerCase(terms=NEUTRAL, claimed={**GOOD, name: value})
        if value != GOOD[name]:
            assert refused_by(circuit, case.values()) == "opening.second_point"


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_overlong_slots_are_refused(circuit: Circuit, name: str) -> None:
    for value in (2**48, GOOD[name] + 2**48, R - 1, (R + 1) // 2):
        case = LedgerCase(terms=NEUTRAL, claimed={**GOOD, name: value})
        assert refused_by(circuit, case.values()) == "opening.message.slots"


def test_a_debt_cannot_be_moved_between_slots(circuit: Circuit) -> None:
    borrowed = {
        **GOOD,
        "monthly_expenses": GOOD["monthly_expenses"] + 2**48,
        "monthly_debt_service": GOOD["monthly_debt_service"] - 1,
    }
    values = LedgerCase(claimed=borrowed).values()
    assert refused_by(circuit, values) == "opening.message.slots"


def test_a_hidden_debt_is_refused(circuit: Circuit) -> None:
    """The bank's entry is in the ledger; a proof without it does not open the ciphertext."""
    without = {name: total - debt for (name, total), debt in zip(GOOD.items(), BANK, strict=True)}
    values = LedgerCase(claimed=without, terms=NEUTRAL).values()
    assert refused_by(circuit, values) == "opening.second_point"
    entry = encrypt(BORROWER.public, BANK, 77)
    total = add(LedgerCase(totals=without).ciphertext(), entry)
    own = points(BORROWER.public, subtract(total, entry))
    fitting = LedgerCase(totals=without, terms=NEUTRAL).values()
    assert refused_by(circuit, {**fitting, **own}) is None  # so the ledger's own must be used
    ledgers = {**fitting, **points(BORROWER.public, total)}
    ledgers["c1_eighth"] = babyjub.to_montgomery(babyjub.eighth(total.c1))
    assert refused_by(circuit, ledgers) == "opening.second_point"


def test_negative_totals_have_no_proof(circuit: Circuit) -> None:
    small = encrypt(BORROWER.public, (1, 1, 1, 1, 1), 9)
    negative = subtract(small, encrypt(BORROWER.public, (2, 0, 0, 0, 0), 10))
    for slots in ((2**48 - 1, 0, 1, 1, 1), (R - 1, 1, 1, 1, 1), (0, 1, 1, 1, 1)):
        witness = LedgerWitness(BORROWER, negative, slots)
        values = witness.inputs(policy=pack_policy(NEUTRAL), context=1)
        refusing = refused_by(circuit, values)
        if slots == (2**48 - 1, 0, 1, 1, 1):  # the same integer: −1 + 2^48 borrowed of income
            assert refusing == "conditions.score.between.range"
        else:
            assert (refusing or "").startswith("opening")


def test_another_account_is_refused(circuit: Circuit, honest: dict) -> None:
    foreign = LedgerCase(key=STRANGER).values()
    assert refused_by(circuit, foreign) is None
    assert refused_by(circuit, {**honest, "secret_key": foreign["secret_key"]}) == "opening.key"
    account = {name: foreign[name] for name in ("account_x", "account_y")}
    assert refused_by(circuit, {**honest, **account}) == "opening.key"
    both = {**honest, **account, "secret_key": foreign["secret_key"]}
    assert refused_by(circuit, both) == "opening.second_point"


def test_a_ciphertext_of_another_account_is_refused(circuit: Circuit, honest: dict) -> None:
    foreign = LedgerCase(key=STRANGER).values()
    moved = {name: foreign[name] for name in ("c1_x", "c1_y", "c2_x", "c2_y", "c1_eighth")}
    assert refused_by(circuit, {**honest, **moved}) == "opening.second_point"


def test_a_stale_ciphertext_is_refused(circuit: Circuit, honest: dict) -> None:
    """After the next entry, or a re-encryption, the proof for the one before does not serve."""
    before = LedgerCase().ciphertext()
    zero = reencrypt(BORROWER.public, before, 55)
    more = add(before, encrypt(BORROWER.public, (0, 0, 0, 10_000, 0), 56))
    for later in (zero, more, add(before, before)):
        changed = {**honest, **points(BORROWER.public, later)}
        assert refused_by(circuit, changed) == "opening.first_point"
        changed["c1_eighth"] = babyjub.to_montgomery(babyjub.eighth(later.c1))
        expected = None if later == zero else "opening.second_point"
        assert refused_by(circuit, changed) == expected


def test_keys_that_alias_the_account_are_refused(circuit: Circuit, honest: dict) -> None:
    e = honest["secret_key"]
    for alias in (e + SUBGROUP_ORDER, SUBGROUP_ORDER - e, R - e, 0, 1, R - 1):
        gadget = refused_by(circuit, {**honest, "secret_key": alias})
        assert (gadget or "").startswith("opening.key")


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_torsion_in_any_point_is_refused(circuit: Circuit, honest: dict, torsion: Point) -> None:
    account, (c1, c2) = BORROWER.public, LedgerCase().ciphertext()
    c1_bad, c2_bad = (
        Ciphertext(babyjub.add(c1, torsion), c2),
        Ciphertext(c1, babyjub.add(c2, torsion)),
    )
    cases = [
        ("opening.key", babyjub.add(account, torsion), Ciphertext(c1, c2)),
        ("opening.first_point", account, c1_bad),
        ("opening.second_point", account, c2_bad),
        ("opening.first_point", account, Ciphertext(torsion, c2)),
        ("opening.second_point", account, Ciphertext(c1, torsion)),
        ("opening.key", torsion, Ciphertext(c1, c2)),
    ]
    for gadget, public, ciphertext in cases:
        changed = {**honest, **points(public, ciphertext)}
        assert refused_by(circuit, changed) == gadget
    root = babyjub.to_montgomery(torsion)
    low = {**honest, **points(account, Ciphertext(torsion, c2)), "c1_eighth": root}
    assert (refused_by(circuit, low) or "").startswith("opening.first_point")


def test_the_identity_in_any_point_is_refused(circuit: Circuit, honest: dict) -> None:
    c1, c2 = LedgerCase().ciphertext()
    bare = babyjub.mul(sum(slot << 48 * i for i, slot in enumerate(GOOD.values())), BASE8)
    for gadget, public, ciphertext in (
        ("opening.key", IDENTITY, Ciphertext(c1, c2)),
        ("opening.first_point", BORROWER.public, Ciphertext(IDENTITY, bare)),
        ("opening.first_point", BORROWER.public, EMPTY),
        ("opening.second_point", BORROWER.public, Ciphertext(c1, IDENTITY)),
    ):
        assert refused_by(circuit, {**honest, **points(public, ciphertext)}) == gadget


@pytest.mark.parametrize("bad", [Point(0, 0), Point(1, 1), Point(5, 7)])
def test_points_off_the_curve_are_refused(circuit: Circuit, honest: dict, bad: Point) -> None:
    c1, c2 = LedgerCase().ciphertext()
    for gadget, public, ciphertext in (
        ("opening.key", bad, Ciphertext(c1, c2)),
        ("opening.first_point", BORROWER.public, Ciphertext(bad, c2)),
        ("opening.second_point", BORROWER.public, Ciphertext(c1, bad)),
    ):
        assert refused_by(circuit, {**honest, **points(public, ciphertext)}) == gadget


def test_inputs_for_a_ciphertext_that_proves_nothing_are_refused() -> None:
    c1, c2 = LedgerCase().ciphertext()
    for ciphertext in (EMPTY, Ciphertext(IDENTITY, c2), Ciphertext(TORSION[4], c2)):
        with pytest.raises(InvalidInput):
            LedgerWitness(BORROWER, ciphertext, tuple(GOOD.values())).inputs(policy=0, context=0)
    with pytest.raises(InvalidInput):
        LedgerWitness(BORROWER, Ciphertext(c1, Point(1, 1)), ()).inputs(policy=0, context=0)


def test_the_witness_does_not_show_its_secrets() -> None:
    witness = LedgerWitness(BORROWER, LedgerCase().ciphertext(), tuple(GOOD.values()))
    assert str(BORROWER.scalar) not in repr(witness)
    assert "300000" not in repr(witness)


@pytest.mark.parametrize("index", range(8))
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
        assert refused_by(circuit, LedgerCase(context=context).values()) is None


@pytest.mark.parametrize("name", PUBLIC)
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
