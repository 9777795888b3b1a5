"""Prove two circuits with six provers in turns, and with each instruction-set unit of this library.

The circuits are ``circuits/credit.circom`` (11,223 constraints) and the statement ``eligibility``.
Every prover proves the same constraints of the same witness. groth16py (arkworks, in Python) and
snarkjs use the same key as this library; gnark (Go), arkworks (Rust) and zksnake make a key of
their own. groth16py proves on one thread, and has no option for more. This script verifies every
proof, except that zksnake verifies its own, because it writes neither key nor proof; zksnake proves
only the first circuit, whose key takes it two minutes.

snarkjs comes from ``package.json``; groth16py and zksnake are installed into a separate environment
under ``benchmarks/out/``; gnark and arkworks are built in the user's cache if ``go`` and ``cargo``
are in PATH, and left out otherwise, which the results say.

Each prover is one process with key and witness in memory; this library is one process for each unit
that the machine runs, with the unit forced. In a round the provers take turns, and a ratio compares
the times of one round, so that a busy machine slows both sides of it: ``ratio_avx2_median`` is how
many times as long as this library's avx2 unit the prover took.

Two rows differ from the others: ``from_inputs`` includes the witness, which groth16py computes for
the first circuit and this library for ``eligibility``; and ``whole_process`` starts a process,
reads key and witness of the first circuit from files and writes the proof. Memory is the peak of
the resident process, and includes what a prover needs to get ready: for groth16py the circuit's
compiler, for gnark, arkworks and zksnake their setup.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from typing import IO, Any, Final

from circom_credit import ROOT, CircomCredit
from measure import positive, report
from tools import OUT, built, interpreter, units_here

from zkcredit.bn254 import G1Point, G2Point
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.formats import r1cs, snarkjs, wtns
from zkcredit.groth16 import (
    Proof,
    UnsafeKeyWarning,
    VerifyingKey,
    load_or_create_dev_key,
    load_proving_key,
    save_proving_key,
    verify,
)
from zkcredit.published.samples import samples

DRIVERS: Final = ROOT / "benchmarks" / "drivers"
PEERS: Final = ("groth16py", "snarkjs", "gnark", "arkworks", "zksnake")
REQUIREMENTS: Final = ("groth16py==0.2.0", "zksnake==0.1.0")
WORKS: Final = ("prove", "prove_eligibility", "from_inputs", "verify")
BUILDS: Final[dict[str, tuple[str, list[str], dict[str, str]]]] = {
    # The fastest build of each: gnark chooses its assembly when it runs, arkworks when it is built.
    "gnark": ("go", ["build", "-mod=mod", "-o", "driver", "."], {}),
    "arkworks": ("cargo", ["build", "--release"], {"RUSTFLAGS": "-C target-cpu=native"}),
}
BINARIES: Final = {"gnark": "driver", "arkworks": "target/release/arkworks_driver"}


@dataclass
class Statement:
    """A circuit with a witness: what a proof of it must verify against."""

    key: VerifyingKey
    public: list[int]


@dataclass
class Prover:
    """A resident prover."""

    name: str
    command: list[str]
    threads: int
    unit: str = ""
    peak_mib: float = 0.0
    works: list[str] = field(default_factory=list)
    keys: dict[str, VerifyingKey] = field(default_factory=dict)

    def start(self) -> Prover:
        """Run it until it is ready."""
        counts = ("RAYON_NUM_THREADS", "ZKSNAKE_PARALLEL_CPU", "GOMAXPROCS")
        environment = {**os.environ, **dict.fromkeys(counts, str(self.threads))}
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "ZKCREDIT_KERNEL": self.unit},
        )
        answer = self._answer()
        self.works = answer["ready"]
        self.keys = {name: _key(list(map(int, k))) for name, k in answer.get("keys", {}).items()}
        return self

    def time(self, work: str, statements: dict[str, Statement]) -> float:
        """Return the milliseconds of one piece of work; a proof is verified afterwards."""
        _of(self.process.stdin).write(work + "\n")
        _of(self.process.stdin).flush()
        answer = self._answer()
        self.peak_mib = answer["peak_mib"]
        if answer["words"]:
            own = work == "prove_eligibility" or (work == "from_inputs" and self.unit)
            name = "eligibility" if own else "credit"
            key = self.keys.get(name, statements[name].key)
            proof = Proof.from_words([int(word) for word in answer["words"]])
            verify(key, statements[name].public, proof)
        milliseconds: float = answer["ms"]
        return milliseconds

    def stop(self) -> None:
        """Let it end."""
        _of(self.process.stdin).close()
        self.process.wait(timeout=60)

    def _answer(self) -> dict[str, Any]:
        for line in _of(self.process.stdout):
            if line.startswith("{"):  # compilers talk, too
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise SystemExit(f"{self.name} ended")


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _key(words: list[int]) -> VerifyingKey:
    """Return the key that a prover made: α, β, γ, δ and the points of the public wires."""
    beta, gamma, delta = (_g2(words[i : i + 4]) for i in (2, 6, 10))
    points = [G1Point(*words[i : i + 2]) for i in range(14, len(words), 2)]
    return VerifyingKey(G1Point(*words[:2]), beta, gamma, delta, tuple(points))


def _g2(words: list[int]) -> G2Point:
    x1, x0, y1, y0 = words
    return G2Point((x0, x1), (y0, y1))


def main() -> None:
    """Measure and report."""
    options = _options()
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    case = CircomCredit(OUT / "credit").prepare()
    statements = {"credit": _credit(case), "eligibility": _eligibility(case)}
    commands = _commands(case, options)
    units, missing = units_here(), [name for name in options.peers if name not in commands]
    for name in missing:
        print(f"{name} is left out: {BUILDS[name][0]} is not in PATH", file=sys.stderr)
    peers = [name for name in options.peers if name in commands]
    provers = [
        Prover(name, commands[name.partition(" ")[0]], options.threads, unit).start()
        for name, unit in [*((f"zkcredit {u}", u) for u in units), *((p, "") for p in peers)]
    ]
    times = _in_turns(provers, options.repeat, statements)
    for prover in provers:
        prover.stop()
    for _ in range(options.repeat):
        for prover in provers:
            _whole_process(case, prover, times)
    system = get_circuit("eligibility").system
    results: dict[str, Any] = {
        "threads": options.threads,
        "constraints": case.system.n_constraints,
        "eligibility_constraints": system.n_constraints,
        "units": ", ".join(units),
        "peers": ", ".join(_version(name) for name in peers),
        "left_out": ", ".join(f"{name} ({BUILDS[name][0]} is missing)" for name in missing),
        **{f"peak_mib {p.name}": round(p.peak_mib) for p in provers},
    }
    results |= {f"{work} {name}": _row(times, units, work, name) for work, name in sorted(times)}
    report("two circuits, this library's units and other provers in turns", results, options.json)


def _credit(case: CircomCredit) -> Statement:
    key = load_proving_key(case.zkey)
    witness = wtns.loads(case.witness.read_bytes())
    public = from_limbs(witness[1 : key.n_public + 1])
    (case.folder / "public.json").write_text(snarkjs.dump_public(public))
    (case.folder / "verification_key.json").write_text(key.verifying_key.to_json())
    return Statement(key.verifying_key, public)


def _eligibility(case: CircomCredit) -> Statement:
    """Write the statement's files beside those of the circom circuit."""
    circuit = get_circuit("eligibility")
    key = load_or_create_dev_key(circuit)
    witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
    save_proving_key(case.folder / "eligibility.zkey", key)
    (case.folder / "eligibility.r1cs").write_bytes(r1cs.dumps(circuit.system))
    (case.folder / "eligibility.wtns").write_bytes(wtns.dumps(witness))
    return Statement(key.verifying_key, from_limbs(witness[1 : key.n_public + 1]))


def _commands(case: CircomCredit, options: argparse.Namespace) -> dict[str, list[str]]:
    """Return how to start each prover that can be had here."""
    folder = str(case.folder)
    commands = {
        "zkcredit": [sys.executable, _driver("zkcredit"), folder, str(options.threads)],
        "snarkjs": ["node", str(DRIVERS / "snarkjs_driver.cjs"), folder],
    }
    pinned = [name for name in options.peers if name in ("groth16py", "zksnake")]
    if pinned:
        python = str(interpreter("peers", *REQUIREMENTS))
        commands |= {name: [python, _driver(name), folder] for name in pinned}
    for name in options.peers:
        if name in BUILDS:
            toolchain, arguments, environment = BUILDS[name]
            place = built(DRIVERS / name, toolchain, arguments, **environment)
            if place is not None:
                commands[name] = [str(place / BINARIES[name]), folder]
    return commands


def _in_turns(
    provers: list[Prover], repeat: int, statements: dict[str, Statement]
) -> dict[tuple[str, str], list[float]]:
    times: dict[tuple[str, str], list[float]] = {}
    for turn in range(repeat + 1):
        for work in WORKS:
            for prover in provers:
                if work in prover.works:
                    taken = prover.time(work, statements)
                    if turn > 0:  # the first one warms up
                        times.setdefault((work, prover.name), []).append(taken)
    return times


def _whole_process(
    case: CircomCredit, prover: Prover, times: dict[tuple[str, str], list[float]]
) -> None:
    files = ["credit.zkey", "credit.wtns", "proof.json", "p.json"]
    ours = [sys.executable, "-m", "zkcredit.cli", "groth16", "prove", *files]
    whole = {
        "zkcredit": [*ours, "--threads", str(prover.threads)],
        "groth16py": [*prover.command, "--once"],
        "snarkjs": [str(ROOT / "node_modules/.bin/snarkjs"), "groth16", "prove", *files],
    }
    command = whole.get(prover.name.partition(" ")[0])
    if command is not None:
        environment = {**os.environ, "ZKCREDIT_KERNEL": prover.unit}
        start = time.perf_counter()
        subprocess.run(command, cwd=case.folder, check=True, capture_output=True, env=environment)
        taken = (time.perf_counter() - start) * 1000
        times.setdefault(("whole_process", prover.name), []).append(taken)


def _row(
    times: dict[tuple[str, str], list[float]], units: tuple[str, ...], work: str, name: str
) -> dict[str, float]:
    taken = times[work, name]
    summaries = (("min", min), ("median", statistics.median), ("max", max))
    row = {f"{title}_ms": round(of(taken), 3) for title, of in summaries}
    for unit in units:
        mine = times[work, f"zkcredit {unit}"]
        ratios = [theirs / ours for ours, theirs in zip(mine, taken, strict=True)]
        row |= {f"ratio_{unit}_{title}": round(of(ratios), 2) for title, of in summaries}
    return row


def _version(name: str) -> str:
    """Return the peer's name and version."""
    told = {
        "gnark": (DRIVERS / "gnark" / "go.mod", "consensys/gnark v"),
        "arkworks": (DRIVERS / "arkworks" / "Cargo.toml", 'ark-groth16 = { version = "='),
        "snarkjs": (ROOT / "node_modules" / "snarkjs" / "package.json", '"version": "'),
    }
    if name not in told:
        (exact,) = (text for text in REQUIREMENTS if text.startswith(name))
        return exact.replace("==", " ")
    path, before = told[name]
    version = path.read_text().partition(before)[2].split()[0]
    return name + " " + version.strip('",')


def _driver(name: str) -> str:
    return str(DRIVERS / f"{name}_driver.py")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeat", type=positive, default=7, help="measured rounds")
    parser.add_argument("--threads", type=positive, default=2, help="threads of each prover")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="whom to compare")
    return parser.parse_args()


if __name__ == "__main__":
    main()
