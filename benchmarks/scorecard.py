"""Check on real data that a score is the same integer in every step, and what rounding costs.

Two data sets: German Credit (1,000 applications, bundled) and ``credit_data`` (4,454 loans, the
extra ``data``). For every row the score is computed by the published model in Python, by the table
that a circuit is compiled from, and by the circuit: an issuer signs the row's features, the
credential goes through its JSON form and is verified, and the native witness of
``scored_eligibility`` must exist under a policy that demands exactly this score, and must not exist
for the neighbouring scores. ``same_integer`` counts the rows for which all of this holds.

AUC (scikit-learn's) compares whole points with the log odds before rounding, and scikit-learn fits
the model a second time. Bad rates are inside and outside a policy of least score and repayment
capacity, checked by the library's ``Policy.check``; "cross validated" scores each row by a model
that did not see it. Protected columns of the source are tried as features.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from measure import report

from zkcredit import Credential, Policy
from zkcredit.circuits import get_circuit
from zkcredit.circuits.eligibility import EligibilityWitness
from zkcredit.circuits.scored_eligibility import scored_eligibility
from zkcredit.credential import holder_of
from zkcredit.errors import InvalidInput, NotEligible, UnsatisfiedWitness
from zkcredit.formats import r1cs
from zkcredit.gadgets.eddsa import SigningKey, public_key
from zkcredit.gadgets.eddsa_circuit import signature_inputs
from zkcredit.r1cs import compile_statement
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.scoring import derive_record, load_german_credit, load_scorecard
from zkcredit.scoring.circuit_table import circuit_table
from zkcredit.scoring.credit_data import FEATURES as LOAN_FEATURES
from zkcredit.scoring.credit_data import load_credit_data, load_table
from zkcredit.scoring.fitting import RIDGE, CategoryBins, Fit, NumberBins, fit
from zkcredit.scoring.german_credit import Outcome
from zkcredit.scoring.model_circuit import witness_of
from zkcredit.scoring.scored_record import Features, ScoredRecord
from zkcredit.scoring.training import FEATURES, FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zkcredit.r1cs import Circuit
    from zkcredit.scoring import Scorecard
    from zkcredit.scoring.fitting import Bins

NOW: Final = 1_790_000_000
ISSUER: Final = SigningKey(b"an issuer of this benchmark only")
SECRET: Final = 20_261_123
USE: Final = {"context": 1, "scope": 2}
PROTECTED: Final = ("sex", "marital_status", "nationality", "race")
LEFT_OUT: Final = {
    "german_credit": ("personal_status_and_sex", "age_in_years", "foreign_worker"),
    "credit_data": ("Age", "Marital"),
}
"""Columns of the sources that scorecards must not have, and names that are always protected."""

NO_CURRENCY: Final = 999
"""ISO 4217's code for "no currency": the data do not say theirs."""
TOLERANCE: Final = 0.005
"""Largest difference between the AUC of whole points and that of the model before rounding."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A table of outcomes, with the data that a policy on it needs.

    Attributes:
        rows: applications; each has a ``number`` from 1.
        good: the outcome of each.
        features: the bins of each feature.
        left_out: columns of the source that a scorecard must not have.
        record: a function that gives the other attributes, from a row and its features.
        policy: a function that gives a row's least score and requested instalment.
    """

    rows: Sequence[Any]
    good: list[bool]
    features: tuple[Bins, ...]
    left_out: Sequence[str]
    record: Callable[[Any, Features], ScoredRecord]
    policy: Callable[[Any], Policy]


def german_credit() -> DataSet:
    """Return the bundled applications; incomes are derived, see ``zkcredit.scoring.budget``."""
    rows, model = load_german_credit(), load_scorecard()

    def record(row: Any, features: Features) -> ScoredRecord:
        derived = derive_record(row, model)
        others = {name: getattr(derived, name) for name in derived.__slots__ if name != "score"}
        return ScoredRecord(features, **others)

    def policy(row: Any) -> Policy:
        instalment = row.amount_dm * 100 // row.duration_months
        return Policy(550, instalment=instalment, coverage_bps=12_500, currency=978)

    good = [row.outcome is Outcome.GOOD for row in rows]
    return DataSet(rows, good, FEATURES, LEFT_OUT["german_credit"], record, policy)


def credit_data() -> DataSet:
    """Return the loans of the extra; incomes and expenses are stated, debts are not monthly."""
    rows = load_credit_data()

    def record(row: Any, features: Features) -> ScoredRecord:
        months = 12 * row.seniority_years
        return ScoredRecord(features, row.income, row.expenses, 0, 0, months, NO_CURRENCY)

    def policy(row: Any) -> Policy:
        instalment = -(-row.amount // row.months)
        return Policy(600, instalment=instalment, coverage_bps=12_500)

    columns = load_table()[0]
    left_out = [name for name in LEFT_OUT["credit_data"] if name in columns]
    return DataSet(rows, [row.good for row in rows], LOAN_FEATURES, left_out, record, policy)


class Prover:
    """One issuer, one holder and one circuit, to make witnesses like a wallet."""

    def __init__(self, scorecard: Scorecard, circuit: Circuit) -> None:
        self.scorecard, self.circuit = scorecard, circuit
        self.holder = holder_of(SECRET)
        self.registry = RegistrySnapshot.of(RevocationList.sign(ISSUER, [], NOW))

    def credential(self, record: ScoredRecord, number: int) -> Credential:
        """Return a credential that has been through its JSON form, verified."""
        signed = Credential.sign(
            ISSUER, record, holder=self.holder, revocation_id=number, issued_at=NOW - 1,
            expires_at=NOW + 1,
        )  # fmt: skip
        read = Credential.from_json(signed.to_json())
        read.verify(issuer=public_key(ISSUER), at=NOW)
        return read

    def scores(self, credential: Credential, score: int) -> bool:
        """Return whether the circuit gives exactly this score: every other range is refused."""
        assert isinstance(credential.record, ScoredRecord)
        membership = self.registry.membership(credential)
        witness = witness_of(
            EligibilityWitness(
                secret=SECRET,
                revocation_id=credential.revocation_id,
                issued_at=credential.issued_at,
                expires_at=credential.expires_at,
                attributes=credential.record.values(),
                signature=signature_inputs(credential.issuer, credential.signature),
                gap=membership.gap,
                registry_path=membership.registry_path,
            ),
            credential.record.features,
            self.scorecard,
        )

        def holds(low: int, high: int) -> bool:
            policy = Policy(low, high).at(NOW).pack()
            values = witness.inputs(policy=policy, registry_root=membership.root, **USE)
            try:
                self.circuit.witness(values)
            except UnsatisfiedWitness:
                return False
            return True

        return holds(score, score) and not holds(0, score - 1) and not holds(score + 1, 65_535)


def same_everywhere(data: DataSet, model: Fit, circuit: Circuit, rows: int) -> int:
    """Return for how many rows model, table, credential and circuit give the same integer."""
    table = circuit_table(model.scorecard)
    prover = Prover(model.scorecard, circuit)
    same = 0
    for row in data.rows[:rows]:
        score = model.scorecard.score(row)
        record = data.record(row, Features.of(row, model.scorecard))
        credential = prover.credential(record, row.number)
        assert isinstance(credential.record, ScoredRecord)
        judged = credential.record.judged_by(model.scorecard).score
        tabled = table.score(credential.record.features.codes)
        same += score == judged == tabled and prover.scores(credential, score)
    return same


def held_out(data: DataSet) -> list[tuple[Fit, Any]]:
    """Return each row with a model that did not see it; fold = number mod 5."""
    folds = [row.number % FOLDS for row in data.rows]
    pairs: list[tuple[Fit, Any]] = []
    for fold in range(FOLDS):
        seen = [i for i, other in enumerate(folds) if other != fold]
        fitted = fit([data.rows[i] for i in seen], [data.good[i] for i in seen], data.features)
        pairs += [(fitted, row) for row in data.rows if row.number % FOLDS == fold]
    return sorted(pairs, key=lambda pair: pair[1].number)


def bad_rates(data: DataSet, scored: list[tuple[Fit, Any]], suffix: str) -> dict[str, float]:
    """Return how many rows a policy accepts, and the share of bad outcomes on both sides of it."""
    inside = []
    for fitted, row in scored:
        features = Features.of(row, fitted.scorecard)
        record = data.record(row, features).judged_by(fitted.scorecard)
        try:
            data.policy(row).at(NOW).check(record, NOW - 1, NOW + 1)
            inside.append(True)
        except NotEligible:
            inside.append(False)
    chosen, bad = np.array(inside), ~np.array(data.good)
    return {
        f"inside_policy{suffix}": int(chosen.sum()),
        f"bad_rate_inside{suffix}": round(float(bad[chosen].mean()), 4),
        f"bad_rate_outside{suffix}": round(float(bad[~chosen].mean()), 4),
    }


def areas(data: DataSet, model: Fit, out: list[tuple[Fit, Any]]) -> dict[str, float]:
    """Return the AUC of whole points and of log odds, on the training rows and cross validated."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    def area(values: list[float]) -> float:
        return round(float(roc_auc_score(data.good, values)), 5)

    result = {
        "auc_integer": area([model.scorecard.score(row) for row in data.rows]),
        "auc_float": area([model.log_odds(row) for row in data.rows]),
        "auc_integer_cross_validated": area([f.scorecard.score(row) for f, row in out]),
        "auc_float_cross_validated": area([f.log_odds(row) for f, row in out]),
    }
    # the penalty of scikit-learn is |w|²/2 against C times the loss
    other = LogisticRegression(C=1 / RIDGE, tol=1e-10, max_iter=10_000)
    weights = [model.weights(row) for row in data.rows]
    other.fit(weights, data.good)
    result["auc_scikit_learn"] = area(list(other.decision_function(weights)))
    gaps = np.abs(other.coef_[0] - model.coefficients)
    result["largest_difference_of_a_coefficient"] = round(float(gaps.max()), 7)
    return result


def refusals(data: DataSet) -> int:
    """Return how many protected attributes cannot be a feature, as names and as numbers."""
    refused = 0
    for name in (*data.left_out, *PROTECTED):
        for bins in (CategoryBins(name, (("a",), ("b",))), NumberBins(name, (1,))):
            try:
                fit(data.rows, data.good, (*data.features, bins))
            except InvalidInput as error:
                refused += "protected" in str(error)
    return refused // 2


def measure(data: DataSet, circuit: Circuit | None, rows: int) -> dict[str, Any]:
    """Return the results for one data set.

    Args:
        data: the data set.
        circuit: the published circuit that the model must be in; compiled from the model if None.
        rows: how many rows go through a credential.
    """
    model = fit(data.rows, data.good, data.features)
    compiled = compile_statement(scored_eligibility(circuit_table(model.scorecard)))
    if circuit is not None and r1cs.digest(circuit.system) != r1cs.digest(compiled.system):
        raise SystemExit("the published circuit is not that of the model")
    out = held_out(data)
    found: dict[str, Any] = {
        "rows": len(data.rows),
        "bad": data.good.count(False),
        "features": len(data.features),
        "bins": sum(len(feature.points) for feature in model.scorecard.features),
        "model": model.scorecard.digest,
        "constraints": compiled.system.n_constraints,
        "rows_through_a_credential": min(rows, len(data.rows)),
        "same_integer": same_everywhere(data, model, circuit or compiled, rows),
        **areas(data, model, out),
        "policy": {
            name: value
            for name, value in data.policy(data.rows[0]).conditions().items()
            if name != "instalment"
        },
        **bad_rates(data, [(model, row) for row in data.rows], ""),
        **bad_rates(data, out, "_cross_validated"),
        "protected_attributes": len(data.left_out) + len(PROTECTED),
        "protected_refused": refusals(data),
    }
    check(found)
    return found


def check(found: dict[str, Any]) -> None:
    """End the process if the claim does not hold, so that only true results are written."""
    for kind in ("", "_cross_validated"):
        if abs(found[f"auc_integer{kind}"] - found[f"auc_float{kind}"]) > TOLERANCE:
            raise SystemExit(f"whole points cost more than {TOLERANCE} of AUC")
    if found["same_integer"] != found["rows_through_a_credential"]:
        raise SystemExit("a score is not the same integer everywhere")
    if found["protected_refused"] != found["protected_attributes"]:
        raise SystemExit("a protected attribute was taken as a feature")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rows", type=int, default=10_000, help="most rows through a credential")
    options = parser.parse_args()
    if options.rows < 1:
        parser.error("--rows must be at least 1")
    results = {
        "german_credit": measure(german_credit(), get_circuit("scored_eligibility"), options.rows),
        "credit_data": measure(credit_data(), None, options.rows),
    }
    report("scorecard: one integer everywhere, and what it ranks", results, options.json)


main()
