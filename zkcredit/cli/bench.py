"""``zkcredit bench``: how long proving and verifying take on this machine, for any circuit."""

import statistics
import time
from collections.abc import Callable
from typing import Annotated

import typer

from zkcredit.cli.groth16 import KeyFile, ProofFile, PublicFile, VkFile, WitnessFile
from zkcredit.cli.options import Threads, command, read_as
from zkcredit.cli.output import emit

app = typer.Typer(help="Measure proving and verification.", no_args_is_help=True)

Repeat = Annotated[int, typer.Option("--repeat", min=1, max=100_000, help="Measured runs.")]


@command(app)
def prove(
    key: KeyFile, witness: WitnessFile, *, threads: Threads = None, repeat: Repeat = 10
) -> None:
    """Measure a proof with the key in memory: witness check, proof and its own verification."""
    from zkcredit.formats import wtns
    from zkcredit.groth16 import load_proving_key
    from zkcredit.groth16 import prove as prove_witness
    from zkcredit.groth16.kernel import default_threads

    loaded = load_proving_key(key)
    values = read_as(witness, wtns.loads, 1 << 32)
    count = threads or default_threads()
    _report(lambda: prove_witness(loaded, values, count), repeat, count)


@command(app)
def verify(vk: VkFile, public: PublicFile, proof: ProofFile, *, repeat: Repeat = 100) -> None:
    """Measure the verification of one proof."""
    from zkcredit.formats import snarkjs
    from zkcredit.groth16 import Proof, VerifyingKey
    from zkcredit.groth16 import verify as verify_proof

    loaded = read_as(vk, VerifyingKey.from_json, snarkjs.MAX_BYTES)
    inputs = read_as(public, snarkjs.load_public, snarkjs.MAX_BYTES)
    points = read_as(proof, Proof.from_json, snarkjs.MAX_BYTES)
    _report(lambda: verify_proof(loaded, inputs, points), repeat, 1)


def _report(work: Callable[[], object], repeat: int, threads: int) -> None:
    import zkcredit._kernel as _kernel

    work()  # loads the key into memory
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    emit(
        {
            "min_ms": round(min(times), 3),
            "median_ms": round(statistics.median(times), 3),
            "max_ms": round(max(times), 3),
            "threads": threads,
            "repeat": repeat,
            "kernel": _kernel.kernel_name(),
        }
    )
