"""Count the verdicts of every verifier on thousands of damaged proofs of each statement.

The verifiers are the native one, py_ecc, the contract on py-evm (pairing by the kernel, a few by
py_ecc) and on anvil, and snarkjs. py_ecc gets every attempt that stops before the pairing. A
pairing takes it most of a second, so it gets only a sample of the others, or with ``--slow 1`` all.
The attempts are those of the tests.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import positive, report

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

if TYPE_CHECKING:
    from support.soundness.proof_mutants import Attempt
    from support.soundness.verdicts import Anvil, Embedded, Snarkjs

    from zkcredit.groth16 import Proof, VerifyingKey

    Key = dict[str, VerifyingKey]

REACHED = ("ProofInvalid", "accepted")  # what the contract says after a pairing


def main() -> None:
    """Parse the options, ask everybody, report."""
    from support.soundness.verdicts import Anvil, Embedded, Snarkjs

    from zkcredit.circuits import circuit_names
    from zkcredit.groth16 import UnsafeKeyWarning

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--mutants", type=positive, default=10_000, help="attempts a circuit, at least"
    )
    parser.add_argument(
        "--step", type=positive, default=1, help="take every step-th bit and document"
    )
    parser.add_argument("--slow", type=positive, default=40, help="py_ecc takes every n-th pairing")
    parser.add_argument("--circuit", action="append", choices=circuit_names(), help="only this")
    options = parser.parse_args()
    warnings.simplefilter("ignore", UnsafeKeyWarning)

    cases = {name: genuine(name) for name in circuit_names()}
    keys = {name: key for name, (key, _, _) in cases.items()}
    results: dict[str, Any] = {}
    with (
        Anvil(keys) as anvil,
        Embedded(keys) as embedded,
        Embedded(keys, "python") as pure,
        Snarkjs() as snarkjs,
    ):
        court = Court(anvil, embedded, pure, snarkjs)
        for name in options.circuit or circuit_names():
            print(name, file=sys.stderr)
            trial = Trial(court, name, keys, *cases[name][1:])
            results[name] = trial.report(options.mutants, options.step, options.slow)
    report("every verifier on damaged proofs of each statement", results, options.json)


def genuine(name: str) -> tuple[VerifyingKey, Proof, list[int]]:
    """Return key, proof and public inputs of the first worked example of a statement."""
    from zkcredit.bn254.limbs import from_limbs
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, prove
    from zkcredit.published.samples import samples

    circuit = get_circuit(name)
    key = load_or_create_dev_key(circuit)
    witness = circuit.witness(next(iter(samples(name).satisfied.values())))
    public = from_limbs(witness[1 : key.n_public + 1])
    return key.verifying_key, prove(key, witness, system=circuit.system), public


@dataclass(frozen=True)
class Court:
    """The verifiers that are processes or chains."""

    anvil: Anvil
    embedded: Embedded
    pure: Embedded
    snarkjs: Snarkjs


class Trial:
    """The verdicts of all verifiers on one statement."""

    def __init__(self, court: Court, name: str, keys: Key, proof: Proof, public: list[int]) -> None:
        self.court, self.name, self.keys, self.case = court, name, keys, (proof, public)
        self.faults: list[str] = []
        self.counts: dict[str, Counter[str]] = {}
        self.lax: Counter[str] = Counter()

    def report(self, mutants: int, step: int, slow: int) -> dict[str, Any]:
        """Ask everybody and count."""
        from support.soundness.proof_mutants import attempts

        tried = attempts(self.name, *self.case, self.keys, mutants, step=step)
        self._points(tried, slow)
        calls = self._calldata(step)
        documents = self._json(step)
        return {
            "attempts": len(tried) + calls + documents,
            "damaged_proofs": sum(not attempt.genuine for attempt in tried),
            "genuine_proofs": sum(attempt.genuine for attempt in tried),
            "calldata": calls,
            "json_documents": documents,
            "faults": {
                kind: sum(fault.startswith(kind) for fault in self.faults)
                for kind in ("accepted wrongly", "refused wrongly", "untyped", "disagreement")
            },
            "first_faults": self.faults[:20],
            "verdicts": {who: dict(sorted(said.items())) for who, said in self.counts.items()},
            "snarkjs_accepts_though_damaged": dict(sorted(self.lax.items())),
            "kinds": dict(sorted(Counter(attempt.kind for attempt in tried).items())),
        }

    def _points(self, tried: list[Attempt], slow: int) -> None:
        from support.soundness.verdicts import native, py_ecc, snarkjs_proof

        inside = [(a.key, a.calldata) for a in tried]
        calls = [(key, data) for key, data in inside if data is not None]
        on_anvil = iter(self.court.anvil.ask(calls))
        on_embedded = iter(self.court.embedded.ask(calls))
        key_text = {name: key.to_json() for name, key in self.keys.items()}
        reached = 0
        for attempt, (_, data) in zip(tried, inside, strict=True):
            key = self.keys[attempt.key]
            said = {"native": native(key, attempt.public, attempt.proof)}
            if data is not None:
                said |= {"anvil": next(on_anvil), "py_evm": next(on_embedded)}
            paired = said.get("anvil") in REACHED
            reached += paired
            if not paired or reached % slow == 1 % slow:
                said["py_ecc"] = py_ecc(key, attempt.public, attempt.proof)
            if data is not None and paired and reached % (20 * slow) == 1:
                said["py_evm_python_pairing"] = self.court.pure.ask([(attempt.key, data)])[0]
            self._compare(attempt.kind, said, attempt.genuine)
            public = json.dumps([str(value) for value in attempt.public])
            texts = (key_text[attempt.key], snarkjs_proof(attempt.proof), public)
            self._ask_snarkjs(attempt.kind, texts, attempt.genuine)

    def _calldata(self, step: int) -> int:
        from support.groth16.groth16_toy import proof_of, words_of
        from support.soundness.proof_mutants import calldata_attempts, decode
        from support.soundness.verdicts import ACCEPTED, native

        proof, public = self.case
        made = list(calldata_attempts(tuple(words_of(proof)), tuple(public), step=step))
        calls = [(self.name, data) for _, data in made]
        replies = zip(
            made, self.court.anvil.ask(calls), self.court.embedded.ask(calls), strict=True
        )
        for (kind, data), on_anvil, on_embedded in replies:
            meant = decode(data)
            # refused where the bytes mean nothing; else what the numbers deserve
            genuine = meant is not None and (
                native(self.keys[self.name], meant[1], proof_of(list(meant[0]))) == ACCEPTED
            )
            self._compare(kind, {"anvil": on_anvil, "py_evm": on_embedded}, genuine)
        return len(made)

    def _json(self, step: int) -> int:
        from support.soundness.json_mutants import mutants, verdict

        from zkcredit.formats.snarkjs import dump_public

        proof, public = self.case
        good = (self.keys[self.name].to_json(), proof.to_json(), dump_public(public))
        made = list(mutants(good))[::step]
        for kind, texts in made:
            self._compare(kind, {"native_json": verdict(texts)}, False)
            self._ask_snarkjs(kind, texts, False)
        return len(made)

    def _compare(self, kind: str, said: dict[str, str], genuine: bool) -> None:
        for who, verdict in said.items():
            self._count(who, verdict)
            if verdict.startswith("untyped"):
                self.faults.append(f"untyped: {who} on {kind}: {verdict}")
            elif (verdict == "accepted") != genuine:
                what = "refused" if genuine else "accepted"
                self.faults.append(f"{what} wrongly: {who} on {kind}: {verdict}")
        # Beyond yes and no, twins give the same reason.
        for twins in (("native", "py_ecc"), ("anvil", "py_evm", "py_evm_python_pairing")):
            reasons = {said[who] for who in twins if who in said}
            if len(reasons) > 1:
                self.faults.append(f"disagreement on {kind}: {sorted(reasons)}")

    def _ask_snarkjs(self, kind: str, texts: tuple[str, str, str], genuine: bool) -> None:
        # Counted, not believed; but it may not refuse what everybody else accepts.
        verdict = self.court.snarkjs.ask(*texts)
        self._count("snarkjs", verdict)
        if verdict == "accepted" and not genuine:
            self.lax[kind] += 1
        if genuine and verdict != "accepted":
            self.faults.append(f"refused wrongly: snarkjs on {kind}: {verdict}")

    def _count(self, who: str, verdict: str) -> None:
        self.counts.setdefault(who, Counter())[verdict] += 1


if __name__ == "__main__":
    main()
