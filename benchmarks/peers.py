"""Prove and verify one circom circuit of 11,223 constraints with four provers, in turns.

snarkjs comes from ``package.json``; groth16py (arkworks) and zksnake are installed into an
separate environment under ``benchmarks/out/``. All prove ``circuits/credit.circom`` for the same
inputs. The first three use the same key, and this script checks each of their proofs. Each prover
is one process with key and witness in memory. In a round the provers take turns, and a ratio
compares the times of one round, so that a busy machine slows both sides of it.

Two rows differ from the others: ``from_inputs`` includes the witness, which groth16py computes for
the same circuit and this library only for its own (``eligibility``, about 8,100 constraints, the
same kind of statement); and ``whole_process`` starts a process, reads key and witness from files
and writes the proof. Memory is the peak of the resident process, and includes what a prover needs
to get ready: for groth16py the circuit's compiler, for zksnake its setup.
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
from measure import report
from tools import OUT, interpreter

from zkcredit.bn254.limbs import from_limbs
from zkcredit.formats import snarkjs, wtns
from zkcredit.groth16 import Proof, UnsafeKeyWarning, VerifyingKey, load_proving_key, verify

DRIVERS: Final = ROOT / "benchmarks" / "drivers"
PEERS: Final = ("groth16py", "snarkjs", "zksnake")
REQUIREMENTS: Final = ("groth16py==0.2.0", "zksnake==0.1.0")


@dataclass
class Prover:
    """A resident prover."""

    name: str
    command: list[str]
    threads: int
    peak_mib: float = 0.0
    works: list[str] = field(default_factory=list)

    def start(self) -> Prover:
        """Run it until it is ready."""
        counts = {"RAYON_NUM_THREADS": self.threads, "ZKSNAKE_PARALLEL_CPU": self.threads}
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **{name: str(count) for name, count in counts.items()}},
        )
        self.works = self._answer()["ready"]
        return self

    def time(self, work: str) -> tuple[float, list[int]]:
        """Return the milliseconds of one piece of work, and the last proof."""
        _of(self.process.stdin).write(work + "\n")
        _of(self.process.stdin).flush()
        answer = self._answer()
        self.peak_mib = answer["peak_mib"]
        return answer["ms"], [int(word) for word in answer["words"]]

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


def main() -> None:
    """Measure and report."""
    options = _options()
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    case = CircomCredit(OUT / "credit").prepare()
    key = load_proving_key(case.zkey)
    witness = wtns.loads(case.witness.read_bytes())
    public = from_limbs(witness[1 : key.n_public + 1])
    (case.folder / "public.json").write_text(snarkjs.dump_public(public))
    (case.folder / "verification_key.json").write_text(key.verifying_key.to_json())

    python = str(interpreter("peers", *REQUIREMENTS))
    folder = str(case.folder)
    commands = {
        "zkcredit": [sys.executable, _driver("zkcredit"), folder, str(options.threads)],
        "groth16py": [python, _driver("groth16py"), folder],
        "snarkjs": ["node", str(DRIVERS / "snarkjs_driver.cjs"), folder],
        "zksnake": [python, _driver("zksnake"), folder],
    }
    files = ["credit.zkey", "credit.wtns", "proof.json", "p.json"]
    ours = [sys.executable, "-m", "zkcredit.cli", "groth16", "prove", *files]
    whole = {
        "zkcredit": [*ours, "--threads", str(options.threads)],
        "groth16py": [python, _driver("groth16py"), folder, "--once"],
        "snarkjs": [str(ROOT / "node_modules/.bin/snarkjs"), "groth16", "prove", *files],
    }
    names = ["zkcredit", *options.peers]
    provers = [Prover(name, commands[name], options.threads).start() for name in names]
    times = _in_turns(provers, options.repeat, key.verifying_key, public)
    for prover in provers:
        prover.stop()
    for _ in range(options.repeat):
        for name in names:
            if name in whole:
                start = time.perf_counter()
                subprocess.run(whole[name], cwd=case.folder, check=True, capture_output=True)
                taken = (time.perf_counter() - start) * 1000
                times.setdefault(("whole_process", name), []).append(taken)
    results: dict[str, Any] = {
        "threads": options.threads,
        "constraints": case.system.n_constraints,
        **{f"peak_mib_{p.name}": round(p.peak_mib) for p in provers},
    }
    results |= {f"{work} {name}": _row(times, work, name) for work, name in sorted(times)}
    report("one circom circuit, four provers, in turns", results, options.json)


def _in_turns(
    provers: list[Prover], repeat: int, key: VerifyingKey, public: list[int]
) -> dict[tuple[str, str], list[float]]:
    times: dict[tuple[str, str], list[float]] = {}
    for turn in range(repeat + 1):
        for work in ("prove", "from_inputs", "verify"):
            for prover in provers:
                for own in (name for name in prover.works if name.endswith(work)):
                    taken, words = prover.time(own)
                    if words:
                        verify(key, public, Proof.from_words(words))
                    if turn > 0:  # the first one warms up
                        times.setdefault((work, prover.name), []).append(taken)
    return times


def _row(times: dict[tuple[str, str], list[float]], work: str, name: str) -> dict[str, float]:
    mine, theirs = times[work, "zkcredit"], times[work, name]
    ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
    summaries = (("min", min), ("median", statistics.median), ("max", max))
    row = {f"{title}_ms": round(of(theirs), 3) for title, of in summaries}
    return row | {f"ratio_{title}": round(of(ratios), 2) for title, of in summaries}


def _driver(name: str) -> str:
    return str(DRIVERS / f"{name}_driver.py")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeat", type=int, default=7, help="measured rounds")
    parser.add_argument("--threads", type=int, default=2, help="threads of each prover")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="whom to compare")
    return parser.parse_args()


if __name__ == "__main__":
    main()
