"""How many proofs of ``eligibility`` a second, in all and for each processor: in turn, and many.

``in_turn`` makes one proof after another, each on all threads: what a borrower waits for.
``prove_many`` gives each proof one thread, and ``dask`` does so in two worker processes of a local
cluster, to which the key has been sent before. Window tables are complete in all of them.
"""

from __future__ import annotations

import time
import warnings
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from measure import arguments, report

from zkcredit.circuits import get_circuit
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove, prove_many
from zkcredit.groth16.kernel import default_threads
from zkcredit.published.samples import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKERS = 2
UNTIL_TABLES = 120  # proofs in each worker after which its tables are complete


def rate(work: Callable[[], object], proofs: int, processors: int, repeat: int) -> dict[str, float]:
    """Return the best and the median rate of ``repeat`` runs of so many proofs."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    best, median = min(seconds), sorted(seconds)[len(seconds) // 2]
    return {
        "proofs_a_second": round(proofs / median, 2),
        "best": round(proofs / best, 2),
        "a_processor": round(proofs / median / processors, 2),
        "ms_each": round(1000 * median / proofs, 2),
    }


@contextmanager
def local_cluster() -> Iterator[Any]:
    """Start a Dask client with worker processes on this machine."""
    distributed: Any = import_module("distributed")  # its functions have no types
    with (
        distributed.LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # a free port; None takes 8787
            silence_logs=True,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def main() -> None:
    """Measure and report."""
    options = arguments(__doc__, repeat=5)
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    circuit = get_circuit("eligibility")
    witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
    key = load_or_create_dev_key(circuit)
    processors = default_threads()
    key.resident.prepare(threads=processors)
    count = 20 * processors
    many = [witness] * count
    results: dict[str, Any] = {
        "processors": processors,
        "proofs_in_a_run": count,
        "in_turn": rate(
            lambda: [prove(key, witness, processors) for _ in many],
            count,
            processors,
            options.repeat,
        ),
        "prove_many": rate(lambda: prove_many(key, many), count, processors, options.repeat),
    }
    with local_cluster() as client, client.get_executor() as executor:
        prove_many(key, [witness] * (UNTIL_TABLES * WORKERS), executor)
        results["dask"] = rate(
            lambda: prove_many(key, many, executor),
            count,
            min(WORKERS, processors),
            options.repeat,
        )
    report("eligibility: proofs a second, in turn and many at once", results, options.json)


if __name__ == "__main__":
    main()
