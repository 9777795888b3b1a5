"""How long the verification of a ceremony takes, compared with snarkjs, in turns of one run.

The key belongs to ``eligibility``, after many contributions whose secrets the script chooses. Each
tool reads the circuit, the powers of tau and the key from files in its own process. ``zkcredit
ceremony verify`` verifies both phases; snarkjs has a command for each. ``ratio`` compares snarkjs's
two commands with ours, and ``ratio_phase2`` only its ``zkey verify``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import positive, report

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.groth16 import ceremony_case as case  # noqa: E402
from support.groth16.squares import system as squares  # noqa: E402

from zkcredit.circuits import get_circuit  # noqa: E402
from zkcredit.formats import ptau, r1cs, zkey  # noqa: E402
from zkcredit.groth16 import initial_zkey  # noqa: E402
from zkcredit.groth16.ceremony.phase2_chain import phase2_chain  # noqa: E402


def run(folder: Path, *command: object, expected: str) -> float:
    """Run a command in a folder, require that it accepts, and return its milliseconds."""
    start = time.perf_counter()
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode or expected not in done.stdout:
        raise SystemExit(f"{command[:3]} does not accept: {done.stdout[-500:]}{done.stderr[-500:]}")
    return (time.perf_counter() - start) * 1000


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--json", action="store_true", help="print one JSON document")
parser.add_argument("--repeat", type=positive, default=1, help="turns")
parser.add_argument("--contributions", type=positive, default=1000, help="to phase 2")
parser.add_argument("--rows", type=positive, help="a chain of so many squares, not eligibility")
options = parser.parse_args()

system = squares(options.rows) if options.rows else get_circuit("eligibility").system
power = (system.n_constraints + system.n_public).bit_length()
powers = case.phase1(power, [(3**90, 5**60, 7**50), (11**40, 13**40, 17**40)])
first = initial_zkey(system, powers)
key = case.phase2(first, [3**70 + i for i in range(options.contributions)])
start = time.perf_counter()
phase2_chain(key.circuit_hash, key.contributions, threads=2)
chain = (time.perf_counter() - start) * 1000

SNARKJS = ROOT / "node_modules" / ".bin" / "snarkjs"
FILES = ("circuit.r1cs", "phase1.ptau", "key.zkey")
TURN = {
    "zkcredit_both_phases": (
        (sys.executable, "-m", "zkcredit.cli", "ceremony", "verify", *FILES),
        "origin: ceremony",
    ),
    "snarkjs_zkey_verify": ((SNARKJS, "zkey", "verify", *FILES), "ZKey Ok!"),
    "snarkjs_powersoftau_verify": (
        (SNARKJS, "powersoftau", "verify", FILES[1]),
        "Powers of Tau Ok!",
    ),
}
times: dict[str, list[float]] = {name: [] for name in TURN}
with TemporaryDirectory() as place:
    folder = Path(place)
    for name, content in zip(
        FILES, (r1cs.dumps(system), ptau.dumps(powers), zkey.dumps(key)), strict=True
    ):
        (folder / name).write_bytes(content)
    for _ in range(options.repeat):
        for name, (command, expected) in TURN.items():
            times[name].append(run(folder, *command, expected=expected))

ours, theirs, theirs1 = (times[name] for name in TURN)
report(
    "verification of a ceremony, whole processes from files",
    {
        "circuit": f"{options.rows} squares" if options.rows else "eligibility",
        "domain": 1 << power,
        "contributions": options.contributions,
        "turns": options.repeat,
        **{f"{name}_ms": round(min(found)) for name, found in times.items()},
        "chain_of_phase2_ms": round(chain),
        "ratio": round(min((b + c) / a for a, b, c in zip(ours, theirs, theirs1, strict=True)), 2),
        "ratio_phase2": round(min(b / a for a, b in zip(ours, theirs, strict=True)), 2),
    },
    options.json,
)
