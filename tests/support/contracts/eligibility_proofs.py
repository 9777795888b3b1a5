"""Proofs of the real statement for the Solidity tests.

``python -m support.contracts.eligibility_proofs``, in ``tests/``, proves the published worked
examples of ``eligibility`` under the dev key and writes
``contracts/test/fixtures/eligibility.json``.
Run it again when the circuit has changed. Proofs are blinded, so every run writes other ones; what
has to stay equal (circuit, key, public inputs) is compared by a test.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "contracts" / "test" / "fixtures" / "eligibility.json"
PUBLISHED = ROOT / "circuits" / "eligibility"


def _hex(words: list[int]) -> str:
    return "0x" + "".join(f"{word:064x}" for word in words)


def published_key(folder: Path = PUBLISHED) -> str:
    """The committed verification key of a statement in the contract's encoding."""
    document = json.loads((folder / "verification_key.json").read_text())

    def g2(point: list[list[str]]) -> list[int]:
        (x0, x1), (y0, y1) = ([int(c) for c in pair] for pair in point[:2])
        return [x1, x0, y1, y0]

    words = [int(word) for word in document["vk_alpha_1"][:2]]
    for name in ("vk_beta_2", "vk_gamma_2", "vk_delta_2"):
        words += g2(document[name])
    for point in document["IC"]:
        words += [int(word) for word in point[:2]]
    return _hex(words)


def published() -> dict[str, Any]:
    """What the fixture must agree with: circuit digest, key, public inputs."""
    manifest = json.loads((PUBLISHED / "manifest.json").read_text())
    vectors = json.loads((PUBLISHED / "vectors.json").read_text())
    inputs = [
        int(case["inputs"][name]) for case in vectors["satisfied"] for name in manifest["public"]
    ]
    return {"circuit": manifest["circuit"], "key": published_key(), "inputs": _hex(inputs)}


def main() -> None:
    """Prove the examples and write the fixture."""
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, prove
    from zkcredit.published.samples import samples

    circuit = get_circuit("eligibility")
    key = load_or_create_dev_key(circuit)
    proofs: list[int] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for values in samples("eligibility").satisfied.values():
            proofs += prove(key, circuit.witness(values), system=circuit.system).to_words()
    FIXTURE.write_text(json.dumps(published() | {"proofs": _hex(proofs)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
