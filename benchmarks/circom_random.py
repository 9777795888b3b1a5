"""What the audit says about circom circuits with three random witnesses each.

The circuits are those of ``tests/soundness/circom``, and the templates of circomlib and zk-kit.
Each is compiled without elimination (``--O0``), and audited once with each witness alone, as by
somebody who has only this witness. ``--json`` prints one document; ``--into FILE`` writes each
circuit as soon as it is finished, and continues where it stopped. The inputs follow from the
circuit's name, so the counts are the same on every machine; nothing is timed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import measure
from circom_audit import CASES, ROOT, Case, audit_of, compile_circuit, run, verdict
from circom_inputs import KNOWN, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from circom_inputs import Maker, Template

__all__ = [
    "NOT_TRIED",
    "PACKAGES",
    "WITNESSES",
    "Circuit",
    "circuits",
    "document",
    "row",
    "verdicts",
    "with_libraries",
]

CLAIM: Final = "what the audit says about circom circuits with three random witnesses each"

WITNESSES: Final = 3
"""The number of random witnesses for each circuit."""

_DRIVER: Final = Path(__file__).parent / "drivers" / "circom_witnesses.cjs"

PACKAGES: Final = {
    "circomlib": "circomlib/circuits",
    "zk-kit": "@zk-kit/circuits/circom",
    "zk-kit-tree": "@zk-kit/binary-merkle-root.circom/src",
}
"""Folder beside a circuit → folder of the development packages."""

NOT_TRIED: Final = {
    "Bits2Point": "has no constraint",
    "Point2Bits": "has no constraint",
    "H": "has constants alone",
    "K": "has constants alone",
    "Main": "an example of Sha256_2",
    "EdDSAVerifier": "made of Pedersen, Bits2Point_Strict and EscalarMulAny, which are tried",
    "Sha256": "some 100,000 constraints of T1, T2 and SigmaPlus, which are tried",
    "Sha256_2": "as Sha256",
    "Sha256compression": "as Sha256",
}
"""Templates that have no row, and why."""


@dataclass(frozen=True)
class Circuit:
    """A circuit with random inputs.

    Attributes:
        name: the name of a known case, or the template with its parameters.
        known: as in ``Case.known``, or "conditional": on inputs that the circuit does not check.
        why: the fault or the condition.
        package: "known cases", "circomlib" or "zk-kit".
        source: the circuit in circom.
        inputs: makes random inputs that it accepts.
    """

    name: str
    known: str
    why: str
    package: str
    source: str
    inputs: Maker


def circuits() -> Iterator[Circuit]:
    """Yield the known cases, and then the templates."""
    for path in sorted(CASES.glob("*.circom")):
        case = Case.read(path)
        known = "conditional" if "does not check" in case.why else case.known
        yield Circuit(case.name, known, case.why, "known cases", path.read_text(), KNOWN[case.name])
    for template in TEMPLATES:
        yield _instance(template)


def _instance(template: Template) -> Circuit:
    folder, _, _ = template.file.rpartition("/")
    library = "zk-kit" if folder.startswith("zk-kit") else "circomlib"
    source = (
        f'pragma circom 2.1.5;\ninclude "{template.file}";\ncomponent main = {template.main};\n'
    )
    name = template.main.removesuffix("()")
    if "[" in name:
        name = name.replace(name[name.index("[") : name.index("]") + 1], "B8")
    return Circuit(
        f"{name} of {folder}" if folder == "zk-kit-tree" else name,
        template.known, template.why, library, source, template.inputs,
    )  # fmt: skip


def with_libraries(folder: Path) -> Path:
    """Return a folder that contains the libraries, because the compiler sees only this folder."""
    for name, inside in PACKAGES.items():
        shutil.copytree(ROOT / "node_modules" / inside, folder / name, dirs_exist_ok=True)
    return folder


def verdicts(folder: Path, circuit: Circuit) -> dict[str, int]:
    """Compile a circuit and audit it with each random witness alone; count the verdicts."""
    (folder / "circuit.circom").write_text(circuit.source)
    compile_circuit(folder, "circuit", "O0")
    random = Random(circuit.name)
    inputs = [_as_text(circuit.inputs(random)) for _ in range(WITNESSES)]
    (folder / "inputs.json").write_text(json.dumps(inputs))
    run(folder, "node", str(_DRIVER), "circuit", "inputs.json")
    reports = [
        audit_of(folder, "circuit", circuit.name, witness=f"circuit.{place}.wtns")
        for place in range(WITNESSES)
    ]
    found = Counter(map(verdict, reports))
    return {"constraints": reports[0].constraints, **dict(sorted(found.items()))}


def _as_text(value: Any) -> Any:
    """Write numbers as snarkjs reads them: larger ones are lost as JSON numbers."""
    if isinstance(value, dict):
        return {name: _as_text(inside) for name, inside in value.items()}
    return [_as_text(inside) for inside in value] if isinstance(value, list) else str(value)


def row(folder: Path, circuit: Circuit) -> dict[str, Any]:
    """Return the record's entry about a circuit."""
    known = {"library": circuit.package, "known": circuit.known, "why": circuit.why}
    return {**known, **verdicts(folder, circuit)}


def document(found: Mapping[str, Any]) -> str:
    """Return the record of these entries, in the order of the circuits."""
    names = [circuit.name for circuit in circuits() if circuit.name in found]
    results = {name: found[name] for name in names}
    content = {"claim": CLAIM, "machine": measure.machine(), "results": results}
    return json.dumps(content, indent=2) + "\n"


def main() -> None:
    """Audit all circuits, and print or write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--into", type=Path, help="the record, which is continued")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    if options.into is not None and options.into.exists():
        results = json.loads(options.into.read_text())["results"]
    with tempfile.TemporaryDirectory() as name:
        folder, failed = with_libraries(Path(name)), []
        for circuit in circuits():
            if circuit.name in results:
                continue
            try:
                results[circuit.name] = row(folder, circuit)
            except RuntimeError as error:  # the others still have their turn
                failed.append(f"{circuit.name}: {error}")
                continue
            if options.into is not None:
                options.into.write_text(document(results))
    if options.into is None:
        measure.report(CLAIM, results, options.json)
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()
