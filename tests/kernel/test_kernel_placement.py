"""Helpers are moved to processors of their own: nothing but time may depend on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.groth16 import squares

from zkcredit.groth16 import dev_setup, prove, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

N = 300


@pytest.fixture
def processors() -> Iterator[set[int]]:
    """Those that this process may use; what a test sets is undone."""
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


def a_proof_holds(threads: int) -> None:
    key = dev_setup(squares.system(N), threads)
    w = squares.witness(N, 3)
    for _ in range(3):  # on the bases alone, building tables, with tables
        proof = prove(key, w, threads)
        verify(key.verifying_key, [int.from_bytes(w[1].tobytes(), "little")], proof)


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_what_the_process_may_use_stays_as_it_was(processors: set[int], threads: int) -> None:
    a_proof_holds(threads)
    assert os.sched_getaffinity(0) == processors


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_one_processor_serves_any_number_of_threads(processors: set[int], threads: int) -> None:
    for cpu in (min(processors), max(processors)):
        os.sched_setaffinity(0, {cpu})
        a_proof_holds(threads)
        assert os.sched_getaffinity(0) == {cpu}
