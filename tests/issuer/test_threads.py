"""A server opens its issuer and its wallet once, and all of its threads use them."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from support.groth16 import squares
from support.protocol.nouns import NOW, PASSWORD, card, record
from support.protocol.thread_rounds import THREADS, together

from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import CredentialError, InvalidProof
from zkcredit.groth16 import dev_setup, prove, verify
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIZE = 6


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with Issuer.create(tmp_path / "issuer", PASSWORD, cost=KdfCost.light_unsafe()) as made:
        yield made


def at_once(*actions: Callable[[], object]) -> list[BaseException | None]:
    """Run actions in a thread each; the error of each, or None."""
    gate, errors = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number: int, action: Callable[[], object]) -> None:
        gate.wait()
        try:
            action()
        except BaseException as error:
            errors[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors  # type: ignore[return-value]


@pytest.mark.slow
def test_sixteen_threads_issue_and_prove() -> None:
    """`make long PART=threads` lets each of them issue and prove a thousand times."""
    done = together(1)
    assert done == {"issued": 2 * THREADS, "proofs": THREADS, "lists": THREADS}


def test_one_person_who_comes_to_eight_threads_at_once_has_one_holder(issuer: Issuer) -> None:
    def issue(holder: int) -> Callable[[], object]:
        return lambda: issuer.issue(record(), person="17", to=card(holder), now=NOW)

    errors = at_once(*[issue(1 + number % 2) for number in range(8)])
    refused = [error for error in errors if error is not None]
    assert len(refused) == 4
    assert all(isinstance(error, CredentialError) for error in refused)
    assert len(issuer.issued("17")) == 4


def test_a_new_person_who_comes_to_eight_threads_at_once_is_served_by_all(issuer: Issuer) -> None:
    errors = at_once(
        *[lambda: issuer.issue(record(), person="17", to=card(), now=NOW) for _ in range(8)]
    )
    assert errors == [None] * 8
    assert len({entry.revocation_id for entry in issuer.issued("17")}) == 8


def test_a_credential_that_eight_threads_revoke_keeps_its_first_time(issuer: Issuer) -> None:
    entry = issuer.issue_recorded(record(), person="17", to=card(), now=NOW)[1]
    errors = at_once(
        *[
            lambda late=late: issuer.revoke(entry.revocation_id, now=NOW + late)
            for late in range(1, 9)
        ]
    )
    assert errors == [None] * 8
    first = issuer.issued()[0].revoked_at
    issuer.revoke(entry.revocation_id, now=NOW + 99)
    assert issuer.issued()[0].revoked_at == first


@pytest.fixture(scope="module")
def proved() -> tuple[object, list[int], object]:
    key = dev_setup(squares.system(SIZE))
    witness = squares.witness(SIZE, 3)
    return key.verifying_key, from_limbs(witness[1:2]), prove(key, witness)


def test_other_threads_run_while_a_proof_is_verified(
    proved: tuple[object, list[int], object],
) -> None:
    # No thread gives up Python's lock by itself for the next hours: another one can run only if
    # the kernel releases it.
    go, ran = threading.Event(), threading.Event()

    def other() -> None:
        go.wait()
        ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e5)
    try:
        go.set()
        for _ in range(5000):
            verify(*proved)  # type: ignore[arg-type]
            if ran.is_set():
                break
        assert ran.is_set()
    finally:
        sys.setswitchinterval(before)
        thread.join()


def test_a_coroutine_verifies_in_a_thread(proved: tuple[object, list[int], object]) -> None:
    key, public, proof = proved

    async def both() -> list[BaseException | None]:
        good = asyncio.to_thread(verify, key, public, proof)  # type: ignore[arg-type]
        bad = asyncio.to_thread(verify, key, [public[0] + 1], proof)  # type: ignore[arg-type]
        return await asyncio.gather(good, bad, return_exceptions=True)

    first, second = asyncio.run(both())
    assert first is None
    assert isinstance(second, InvalidProof)
