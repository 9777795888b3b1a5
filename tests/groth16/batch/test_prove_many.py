"""Many proofs at once: every executor, order, progress, errors, dead workers, Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.groth16 import groth16_toy as g

from zkcredit.bn254 import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, MachineError, OutOfRange, UnsatisfiedWitness
from zkcredit.groth16 import DevKeyWarning, Proof, prove_many, verify, verify_many
from zkcredit.groth16 import prove_many as module_function
from zkcredit.groth16.batch import worker
from zkcredit.groth16.batch.worker import digest_of

TESTS = Path(__file__).parents[2]


def key() -> Any:
    return g.dev_key()


def check(proofs: list[Proof], count: int) -> None:
    assert len(proofs) == count
    verify_many(key().verifying_key, [(g.PUBLIC, proof) for proof in proofs])
    assert len({proof.a for proof in proofs}) == count  # each blinded afresh


def test_threads_of_this_process_are_the_default() -> None:
    check(prove_many(key(), [g.WITNESS] * 7), 7)


def test_no_witnesses_give_no_proofs() -> None:
    assert prove_many(key(), []) == []
    assert prove_many(key(), iter([])) == []


def test_progress_is_reported_after_each_proof() -> None:
    witnesses = [g.WITNESS, from_limbs(g.WITNESS), g.WITNESS]
    seen: list[tuple[int, int | None]] = []
    proofs = prove_many(key(), witnesses, on_progress=lambda *at: seen.append(at))
    check(proofs, 3)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_iterator_is_not_run_ahead() -> None:
    taken = 0
    ahead: list[int] = []

    def witnesses() -> Any:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield g.WITNESS

    with ThreadPoolExecutor(2) as pool:
        proofs = prove_many(
            key(), witnesses(), pool, on_progress=lambda done, _: ahead.append(taken - done)
        )
    check(proofs, 40)
    assert max(ahead) <= 4


def test_the_length_of_an_iterator_is_not_known() -> None:
    seen: list[tuple[int, int | None]] = []
    prove_many(key(), iter([g.WITNESS]), on_progress=lambda *at: seen.append(at))
    assert seen == [(1, None)]


def test_a_dev_key_is_warned_of_once() -> None:
    with pytest.warns(DevKeyWarning) as caught:
        prove_many(key(), [g.WITNESS] * 3)
    assert [w.filename for w in caught] == [__file__]


# What is refused


def test_a_bad_witness_is_named_and_ends_the_work() -> None:
    bad = g.WITNESS.copy()
    bad[-1] = to_limbs([5])[0]
    with pytest.raises(UnsatisfiedWitness) as caught:
        prove_many(key(), [g.WITNESS, g.WITNESS, bad, g.WITNESS])
    assert caught.value.__notes__ == ["witness 2"]


@pytest.mark.parametrize(
    ("witness", "kind"),
    [
        (g.WITNESS[:-1], InvalidInput),
        (g.WITNESS.astype(np.int64), InvalidInput),
        ([1, R], InvalidInput),
        (None, InvalidInput),
        ([*from_limbs(g.WITNESS)[:-1], R], OutOfRange),
        ([2, *from_limbs(g.WITNESS)[1:]], InvalidInput),
    ],
)
def test_a_malformed_witness_is_named(witness: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        prove_many(key(), [g.WITNESS, witness])
    assert caught.value.__notes__ == ["witness 1"]


@pytest.mark.parametrize("arguments", [(None, []), (g.SYSTEM, []), ("key", None), ("key", [], 4)])
def test_arguments_of_other_types_are_refused(arguments: tuple[Any, ...]) -> None:
    first, *rest = arguments
    with pytest.raises(InvalidInput):
        prove_many(key() if first == "key" else first, *rest)


def test_what_on_progress_raises_ends_the_work() -> None:
    done: list[int] = []

    def stop(count: int, _: int | None) -> None:
        done.append(count)
        raise LookupError

    with pytest.raises(LookupError):
        prove_many(key(), [g.WITNESS] * 50, on_progress=stop)
    assert done == [1]


def test_what_the_witnesses_raise_ends_the_work() -> None:
    def witnesses() -> Any:
        yield g.WITNESS
        raise LookupError

    with pytest.raises(LookupError):
        prove_many(key(), witnesses())


def test_an_executor_that_is_shut_down_is_refused() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(InvalidInput, match="refuses work"):
        prove_many(key(), [g.WITNESS], pool)


# Executors


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_processes_are_sent_the_key_a_few_times_at_most(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bool] = []

    class Counting(ProcessPoolExecutor):
        def submit(self, fn: Any, /, call: str, digest: str, sent_key: Any, *rest: Any) -> Any:
            sent.append(sent_key is not None)
            return super().submit(fn, call, digest, sent_key, *rest)

    # A digest of its own, so that no earlier test left the key in a forked process.
    monkeypatch.setattr(worker, "digest_of", lambda key: digest_of(key) + method)
    with Counting(2, mp_context=multiprocessing.get_context(method)) as pool:
        for _ in range(4):
            check(prove_many(key(), [g.WITNESS] * 20, pool), 20)
    # Another process may take the job that was meant for the one without the key.
    assert sum(sent) <= (0 if method == "fork" else 12)
    assert len(sent) <= 4 * 20 + 40


def test_a_process_keeps_few_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_keys", type(worker._keys)())
    for name in "abcdef":
        worker.remember(name, key())
    assert list(worker._keys) == ["c", "d", "e", "f"]
    assert worker.run("1", "a", None, g.WITNESS, 1)[0] is None
    proof, _ = worker.run("2", "d", None, g.WITNESS, 1)
    assert isinstance(proof, Proof)
    worker.remember("x", key())
    assert list(worker._keys) == ["e", "f", "d", "x"]


def test_the_digest_depends_on_every_part() -> None:
    import dataclasses

    base = key()
    digests = {digest_of(base), digest_of(g.ceremony_key())}
    assert digest_of(base) == digest_of(dataclasses.replace(base))
    for name in ("beta1", "delta1", "a", "b1", "b2", "c", "h"):
        changed = getattr(base, name).copy()
        changed.reshape(-1)[0] ^= np.uint64(1)
        digests.add(digest_of(dataclasses.replace(base, **{name: changed})))
    assert len(digests) == 9


class Unreliable(Executor):
    """Runs here and now, but for the jobs (by number) that fail with `error`."""

    def __init__(self, failing: set[int], error: BaseException | None) -> None:
        self.failing = failing
        self.error = error
        self.calls = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future: Future[Any] = Future()
        if self.calls in self.failing:
            if self.error is None:
                future.cancel()
                future.set_running_or_notify_cancel()
            else:
                future.set_exception(self.error)
        else:
            future.set_result(fn(*args, **kwargs))
        self.calls += 1
        return future


@pytest.mark.parametrize("error", [OSError("gone"), None], ids=["error", "cancelled"])
def test_a_lost_job_is_redone_once(error: BaseException | None) -> None:
    pool = Unreliable({0, 5}, error)
    check(prove_many(key(), [g.WITNESS] * 10, pool), 10)
    assert pool.calls == 12


@pytest.mark.parametrize("error", [OSError("gone"), None], ids=["error", "cancelled"])
def test_a_job_that_is_lost_twice_is_given_up(error: BaseException | None) -> None:
    pool = Unreliable({0, 1}, error)
    with pytest.raises(MachineError, match="witness 0 failed twice") as caught:
        prove_many(key(), [g.WITNESS], pool)
    assert caught.value.__cause__ is error


def test_an_executor_that_breaks_is_replaced() -> None:
    class Broken(Unreliable):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            if self.calls == 3:
                raise BrokenExecutor
            return super().submit(fn, *args, **kwargs)

    check(prove_many(key(), [g.WITNESS] * 10, Broken(set(), None)), 10)


def kill_one(pool: ProcessPoolExecutor) -> None:
    os.kill(next(iter(pool._processes)), signal.SIGKILL)


def test_the_jobs_of_a_killed_worker_are_redone_and_no_finished_one() -> None:
    submitted: list[int] = []
    killed_at = 0
    pool = ProcessPoolExecutor(2)

    def progress(done: int, _: int | None) -> None:
        nonlocal killed_at
        submitted.append(done)
        if done == 10:
            killed_at = done
            kill_one(pool)

    with pool:
        check(prove_many(key(), [g.WITNESS] * 60, pool, progress), 60)
    assert submitted == list(range(1, 61))  # each exactly once
    assert killed_at == 10


def test_workers_that_always_die_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "run", _die)
    with ProcessPoolExecutor(2) as pool, pytest.raises(MachineError):
        prove_many(key(), [g.WITNESS] * 4, pool)


def _die(*_: Any) -> None:
    os._exit(1)


# Ctrl-C


INTERRUPTED = """
import sys, time, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
from support.groth16 import groth16_toy as g
from concurrent.futures import ProcessPoolExecutor
from zkcredit.groth16 import prove_many

def endless():
    while True:
        yield g.WITNESS

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2) if sys.argv[2] == "processes" else None
    started = False
    def progress(done, total):
        if done == 5:
            print("started", flush=True)
    try:
        prove_many(g.dev_key(), endless(), pool, progress)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_interrupt_ends_the_work(kind: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    process = subprocess.Popen(
        [sys.executable, str(script), str(TESTS), kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        process.wait()  # the witnesses never end: that the process ends is the test
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_work_in_another_thread_than_the_main_one() -> None:
    proofs: list[Proof] = []
    thread = threading.Thread(target=lambda: proofs.extend(prove_many(key(), [g.WITNESS] * 4)))
    thread.start()
    thread.join()
    check(proofs, 4)


def test_proofs_of_prove_many_verify_alone() -> None:
    assert module_function is prove_many
    for proof in prove_many(key(), [g.WITNESS] * 2):
        verify(key().verifying_key, g.PUBLIC, proof)


# A cluster


@pytest.mark.slow
def test_a_dask_cluster_survives_a_killed_worker(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # a free port; None takes 8787
            local_directory=str(tmp_path),
        ) as cluster,
        Client(cluster) as client,
    ):
        pids = set(client.run(os.getpid).values())
        assert len(pids) == 2
        assert os.getpid() not in pids

        def progress(done: int, _: int | None) -> None:
            if done == 10:
                os.kill(pids.pop(), signal.SIGKILL)

        with client.get_executor() as executor:
            check(prove_many(key(), [g.WITNESS] * 60, executor, progress), 60)
            bad = g.WITNESS.copy()
            bad[-1] = to_limbs([5])[0]
            with pytest.raises(UnsatisfiedWitness):
                prove_many(key(), [g.WITNESS, bad], executor)
