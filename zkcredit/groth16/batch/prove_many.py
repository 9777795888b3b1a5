"""Prove many witnesses under one key, here or on any ``concurrent.futures`` executor.

By default threads of this process do the work: the kernel releases the interpreter's lock, and all
threads share one key in the kernel's memory. An executor moves the work to other processes or
machines; each of them gets the key once (see ``worker``).

If a worker is killed, its job runs a second time; if that fails too, the whole call fails. Python
marks all jobs of a process pool as failed if the pool loses a worker, so unfinished jobs move to a
new pool of the same size. Finished jobs are never repeated.
"""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Sized
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput, MachineError, ZkCreditError
from zkcredit.groth16.batch import worker
from zkcredit.groth16.kernel import default_threads
from zkcredit.groth16.keys import ProvingKey
from zkcredit.groth16.prover import checked_witness
from zkcredit.groth16.trust import warn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16.keys import Proof
    from zkcredit.groth16.prover import Witness

__all__ = ["prove_many"]

_LOG: Final = logging.getLogger(__name__)
_ATTEMPTS: Final = 2
_POLL_SECONDS: Final = 0.5
_UNKNOWN_WORKERS: Final = 16
"""Workers of an executor that does not say: enough for a small cluster, and not for its memory."""


def prove_many(
    proving_key: ProvingKey,
    witnesses: Iterable[Witness],
    executor: futures.Executor | None = None,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> list[Proof]:
    """Prove that each witness satisfies the key's circuit; return proofs in the same order.

    An iterator of witnesses is read only as fast as needed: at most two witnesses for each worker
    are in memory. An interrupt (Ctrl-C) is raised at once: proofs that threads are computing finish
    in the background, and all other jobs are dropped.

    Args:
        proving_key: the proving key.
        witnesses: each as for ``prove``.
        executor: the executor to use instead of threads of this process; the caller shuts it down.
            Its processes need this library. ProcessPoolExecutor, ThreadPoolExecutor and Dask's
            ``Client.get_executor()`` are tested.
        on_progress: called in this thread after each proof with the number of finished proofs and
            the number of all, or None if ``witnesses`` has no length. An exception that it raises
            ends the work.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        InvalidInput, OutOfRange, UnsafeKey, UnsatisfiedWitness, OutOfMemory: if ``prove`` raises it
            for a witness; the exception has a note with the index.
        MachineError: if two workers died while they proved the same witness.
    """
    require_instance("the key", proving_key, ProvingKey)
    if executor is not None:
        require_instance("the executor", executor, futures.Executor)
    try:
        source = iter(witnesses)
    except TypeError as error:
        raise InvalidInput("witnesses must be a sequence or an iterator of witnesses") from error
    total = len(witnesses) if isinstance(witnesses, Sized) else None
    warn_of(proving_key.origin)
    work = _Work(proving_key, source, executor, total)
    try:
        for done in work.run():
            if on_progress is not None:
                on_progress(done, total)
    finally:
        work.stop()
    _LOG.debug("proved %d witnesses", len(work.proofs))
    return [work.proofs[i] for i in range(len(work.proofs))]


@dataclass(eq=False)
class _Job:
    index: int
    witness: Limbs
    attempts: int = 0
    with_key: bool = False


class _Work:
    def __init__(
        self,
        key: ProvingKey,
        witnesses: Iterator[Witness],
        executor: futures.Executor | None,
        total: int | None,
    ) -> None:
        self.proofs: dict[int, Proof] = {}
        self._key = key
        self._digest = worker.digest_of(key)
        worker.remember(self._digest, key)  # for threads, and for processes forked from this one
        self._source = enumerate(witnesses)
        self._threads = 1
        self._own: list[futures.Executor] = []
        if executor is None:
            cores = default_threads()
            self._threads = max(1, cores // total) if total else 1
            _ = key.resident  # loaded here, not by several threads at once
            executor = self._make_own(futures.ThreadPoolExecutor(cores // self._threads or 1))
        self._executor = executor
        self._pending: dict[futures.Future[worker.Answer], _Job] = {}
        self._again: deque[_Job] = deque()
        self._held: list[_Job] = []  # jobs that wait until a key that was sent has arrived
        self._has_asked: set[str] = set()

    def run(self) -> Iterator[int]:
        """Do the work, and yield the number of finished proofs after each."""
        self._fill()
        while self._pending:
            finished, _ = futures.wait(self._pending, _POLL_SECONDS, futures.FIRST_COMPLETED)
            for future in finished:
                job = self._pending.pop(future)
                if self._settle(job, future):
                    yield len(self.proofs)
            self._fill()

    def stop(self) -> None:
        """Drop the jobs that have not begun."""
        for future in self._pending:
            future.cancel()
        for pool in self._own:
            pool.shutdown(wait=False, cancel_futures=True)

    def _settle(self, job: _Job, future: futures.Future[worker.Answer]) -> bool:
        """Handle the outcome of a job; return whether it is a proof."""
        if job.with_key:
            self._again.extend(self._held)
            self._held.clear()
        error = None if future.cancelled() else future.exception()
        if isinstance(error, ZkCreditError):
            error.add_note(f"witness {job.index}")
            raise error
        if error is not None or future.cancelled():
            self._retry(job, error)
            return False
        proof, process = future.result()
        if proof is not None:
            self.proofs[job.index] = proof
            return True
        key_is_under_way = any(other.with_key for other in self._pending.values())
        if process in self._has_asked and key_is_under_way:
            self._held.append(job)
        else:
            self._has_asked.add(process)
            job.with_key = True
            self._again.append(job)
        return False

    def _retry(self, job: _Job, error: BaseException | None) -> None:
        job.attempts += 1
        job.with_key = False
        if job.attempts >= _ATTEMPTS:
            raise MachineError(
                f"the worker that proved witness {job.index} failed twice"
            ) from error
        _LOG.info("the worker of witness %d was lost; it is proved again", job.index)
        self._again.append(job)

    def _fill(self) -> None:
        limit = 2 * self._workers()
        while len(self._pending) + len(self._held) < limit:
            if self._again:
                job = self._again.popleft()
            else:
                following = next(self._source, None)
                if following is None:
                    return
                index, witness = following
                try:
                    job = _Job(index, checked_witness(witness, self._key.n_wires))
                except InvalidInput as error:
                    error.add_note(f"witness {index}")
                    raise
            self._submit(job)

    def _submit(self, job: _Job) -> None:
        key = self._key if job.with_key else None
        for attempt in range(_ATTEMPTS):
            try:
                call = uuid.uuid4().hex
                future = self._executor.submit(
                    worker.run, call, self._digest, key, job.witness, self._threads
                )
            except futures.BrokenExecutor as error:
                if attempt + 1 == _ATTEMPTS:
                    raise MachineError("every new pool of workers dies at once") from error
                self._executor = self._replacement()
            except RuntimeError as error:
                raise InvalidInput(f"the executor refuses work: {error}") from error
            else:
                self._pending[future] = job
                return

    def _replacement(self) -> futures.Executor:
        broken = self._executor
        if isinstance(broken, futures.ProcessPoolExecutor):
            context = getattr(broken, "_mp_context", None)
            return self._make_own(futures.ProcessPoolExecutor(self._workers(), mp_context=context))
        return self._make_own(futures.ThreadPoolExecutor(default_threads()))

    def _workers(self) -> int:
        # Python's own pools keep the number in a private attribute; other executors may not.
        return int(getattr(self._executor, "_max_workers", _UNKNOWN_WORKERS))

    def _make_own(self, pool: futures.Executor) -> futures.Executor:
        self._own.append(pool)
        return pool
