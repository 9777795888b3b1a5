"""What the audit says about circom circuits that are known to be broken or sound.

The first lines of each file in ``tests/soundness/circom`` say what it is, and give an input. The
script compiles it without elimination (``--O0``) and with it (``--O2``), and audits it with one
witness. ``--json`` prints one document. Counts are the same on every machine; nothing is timed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import measure

from zkcredit.audit import CircuitReport, WireNames, audit_system, read_symbols
from zkcredit.bn254.limbs import from_limbs
from zkcredit.formats import r1cs, wtns

if TYPE_CHECKING:
    from zkcredit.formats.r1cs import InputWires
    from zkcredit.r1cs import ConstraintSystem

__all__ = ["CASES", "LEVELS", "Case", "audited", "constraints", "summary", "with_library"]

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = ROOT / "tests" / "soundness" / "circom"
LEVELS: Final = ("O0", "O2")


@dataclass(frozen=True)
class Case:
    """A circuit, what is known about it, and an input.

    Attributes:
        name: the file's name.
        known: "broken", "broken, not visible" or "sound".
        why: the reason, in words.
        values: the input, as snarkjs reads it.
    """

    name: str
    known: str
    why: str
    values: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Case:
        """Read a case from the first two lines of a file."""
        first, second = path.read_text().splitlines()[:2]
        known, _, why = first.removeprefix("// ").partition(": ")
        return cls(path.stem, known, why, json.loads(second.removeprefix("// input: ")))


def compile_circuit(folder: Path, name: str, level: str) -> None:
    """Compile a circuit in a folder that has the libraries beside it."""
    libraries = (
        option
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.endswith("_js")
        for option in ("-l", path.name)
    )
    run(folder, "circom2", f"{name}.circom", "--r1cs", "--wasm", "--sym", f"--{level}", *libraries)


def witness_of(folder: Path, name: str) -> None:
    """Compute the witness for the folder's ``input.json``."""
    program = f"{name}_js/{name}.wasm"
    run(folder, "snarkjs", "wtns", "calculate", program, "input.json", f"{name}.wtns")


def compiled(folder: Path, case: Case, level: str) -> None:
    """Compile a case and compute its witness, in a folder that has the library beside it."""
    shutil.copy(CASES / f"{case.name}.circom", folder)
    (folder / "input.json").write_text(json.dumps(case.values))
    compile_circuit(folder, case.name, level)
    witness_of(folder, case.name)


def constraints(folder: Path, case: Case, level: str) -> tuple[ConstraintSystem, InputWires]:
    """Compile a case and read its constraints."""
    compiled(folder, case, level)
    data = (folder / f"{case.name}.r1cs").read_bytes()
    return r1cs.loads(data), r1cs.input_wires(data)


def audited(folder: Path, case: Case, level: str) -> CircuitReport:
    """Compile and audit a case."""
    compiled(folder, case, level)
    return audit_of(folder, case.name, f"{case.name} ({level})")


def audit_of(folder: Path, name: str, title: str, *, witness: str = "") -> CircuitReport:
    """Audit a compiled circuit with the witness beside it, ``NAME.wtns`` by default."""
    data = (folder / f"{name}.r1cs").read_bytes()
    system, inputs = r1cs.loads(data), r1cs.input_wires(data)
    return audit_system(
        system,
        given=inputs.wires,
        eliminated=inputs.eliminated,
        outputs=range(1, inputs.outputs + 1),
        title=title,
        names=WireNames(
            system, read_symbols((folder / f"{name}.sym").read_bytes(), system.n_wires)
        ),
        witnesses=[from_limbs(wtns.loads((folder / (witness or f"{name}.wtns")).read_bytes()))],
    )


def with_library(folder: Path) -> Path:
    """Return a folder that contains circomlib, because the compiler sees only this folder."""
    library = ROOT / "node_modules" / "circomlib" / "circuits"
    shutil.copytree(library, folder / "circomlib", dirs_exist_ok=True)
    return folder


def verdict(report: CircuitReport) -> str:
    """Return the report in two words; free wires are those with two known witnesses."""
    return "free wires" if report.free else "not proved" if report.unproved else "clean"


def summary(report: CircuitReport) -> dict[str, Any]:
    """Return the verdict in figures."""
    return {
        "verdict": verdict(report),
        "constraints": report.constraints,
        "proved": report.proved,
        "idle": report.idle,
        "unproved": report.unproved,
        "free": report.free,
        "inputs_eliminated": report.eliminated > 0,
    }


def run(folder: Path, tool: str, *arguments: str) -> None:
    """Run a program of the development packages, or ``node``.

    Raises:
        RuntimeError: if it fails, with all that it wrote.
    """
    path = tool if tool == "node" else str(ROOT / "node_modules" / ".bin" / tool)
    done = subprocess.run(
        [path, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def main() -> None:
    """Audit all cases and print what came out."""
    options = measure.arguments(__doc__)
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = with_library(Path(name))
        for path in sorted(CASES.glob("*.circom")):
            case = Case.read(path)
            levels = {level: summary(audited(folder, case, level)) for level in LEVELS}
            verdicts = {level: levels[level]["verdict"] for level in LEVELS}
            row = {"known": case.known, "why": case.why, **(levels if options.json else verdicts)}
            results[case.name] = row
    measure.report("what the audit says about circom circuits", results, options.json)


if __name__ == "__main__":
    main()
