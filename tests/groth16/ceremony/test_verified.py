"""Which contributions a deployer may vouch for, and which keys a public chain takes then."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import pytest
from support.groth16 import ceremony_case as case
from support.groth16 import groth16_toy as g

from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.groth16 import Endorsement, initial_zkey, require_deployable, verify_ceremony

if TYPE_CHECKING:
    from zkcredit.groth16 import VerifiedCeremony

PUBLIC = 8453


@functools.cache
def ceremony() -> VerifiedCeremony:
    return case.verified(case.honest())


def mine(phase1: int = 0, phase2: int = 1) -> tuple[bytes, bytes]:
    return ceremony().phase1[phase1].digest, ceremony().phase2[phase2].digest


def deploy(endorsement: Endorsement | None, key: Any = None) -> None:
    require_deployable(key or ceremony().verifying_key, PUBLIC, endorsement)


@pytest.mark.parametrize("phase1", [0, 1])
@pytest.mark.parametrize("phase2", [0, 1])
def test_one_contribution_to_each_phase_is_enough(phase1: int, phase2: int) -> None:
    endorsement = Endorsement(ceremony(), mine(phase1, phase2))
    deploy(endorsement)
    assert [step.number for step in endorsement.phase1] == [phase1 + 1]
    assert [step.number for step in endorsement.phase2] == [phase2 + 1]


def test_a_key_is_taken_whatever_its_file_says_of_its_origin() -> None:
    for origin in ("single-party", "claimed", "ceremony"):
        key = dataclasses.replace(ceremony().verifying_key, origin=origin, circuit_digest=None)
        deploy(Endorsement(ceremony(), mine()), key)


def test_hashes_are_read_as_they_are_printed() -> None:
    first, second = mine()
    fours = "\n".join(first.hex()[i : i + 8] for i in range(0, 128, 8)).upper()
    endorsement = Endorsement.of(ceremony(), [fours, f" 0x{second.hex()} ", second.hex()])
    assert endorsement.contributions == (first, second)


@pytest.mark.parametrize("count", [1, 2, 10])
def test_ones_own_contributions_do_not_count_without_a_word(count: int) -> None:
    """One person made them all; nothing in the files tells."""
    verified = case.verified(case.phase2(case.initial(), [3 + i for i in range(count)]))
    with pytest.raises(UnsafeKey):
        deploy(None, verified.verifying_key)
    stranger = Endorsement(ceremony(), mine())
    with pytest.raises(UnsafeKey, match="another key"):
        deploy(stranger, verified.verifying_key)
    with pytest.raises(InvalidInput, match="has no contribution"):
        Endorsement(verified, mine())


def test_a_key_of_one_contribution_is_refused_even_so() -> None:
    alone = case.verified(case.phase2(case.initial(), [3]))
    word = Endorsement(alone, (alone.phase1[0].digest, alone.phase2[0].digest))
    with pytest.raises(UnsafeKey, match="single-party"):
        deploy(word, alone.verifying_key)


def test_the_lower_phase_decides() -> None:
    alone = case.phase1(4, [(3**90, 5**60, 7**50)])
    key = case.phase2(initial_zkey(case.system(), alone), [3, 5, 7])
    verified = case.verified(key, alone)
    assert (verified.origin, verified.parties) == ("single-party", (1, 3))
    word = Endorsement(verified, (verified.phase1[0].digest, verified.phase2[0].digest))
    with pytest.raises(UnsafeKey, match="single-party"):
        deploy(word, verified.verifying_key)


@pytest.mark.parametrize(
    ("hashes", "error", "match"),
    [
        ([], UnsafeKey, "phase 1"),
        (["first"], UnsafeKey, "phase 2"),
        (["second"], UnsafeKey, "phase 1"),
        (["first", "second", "beacon"], UnsafeKey, "beacon"),
        (["first", "second", "0" * 128], InvalidInput, "has no contribution"),
        (["first", "second", "0" * 127], InvalidInput, "128 hexadecimal"),
        (["first", "second", "g" * 128], InvalidInput, "128 hexadecimal"),
        (["first", "second", ""], InvalidInput, "128 hexadecimal"),
        (["first", "second", "short"], InvalidInput, "128 hexadecimal"),
    ],
)
def test_a_word_for_nothing_is_refused(hashes: list[str], error: Any, match: str) -> None:
    first, second = (digest.hex() for digest in mine())
    known = {"first": first, "second": second, "short": first[:16],
             "beacon": ceremony().phase2[2].digest.hex()}  # fmt: skip
    with pytest.raises(error, match=match):
        Endorsement.of(ceremony(), [known.get(text, text) for text in hashes])


@pytest.mark.parametrize("text", [b"00" * 64, 5, None, ["00" * 64]])
def test_a_hash_is_text(text: Any) -> None:
    with pytest.raises(InvalidInput):
        Endorsement.of(ceremony(), [text])


def test_a_word_belongs_to_a_ceremony() -> None:
    for other in (None, "ceremony", ceremony().verifying_key):
        with pytest.raises(InvalidInput):
            Endorsement(other, mine())  # type: ignore[arg-type]
        if other is not None:
            with pytest.raises(InvalidInput):
                require_deployable(ceremony().verifying_key, PUBLIC, other)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["alpha1", "beta2", "gamma2", "delta2", "ic"])
def test_a_key_that_differs_in_one_element_is_another(name: str) -> None:
    foreign = getattr(g.verifying_key(), "delta2" if name == "gamma2" else name)
    other = dataclasses.replace(ceremony().verifying_key, **{name: foreign})
    with pytest.raises(UnsafeKey, match="another key"):
        deploy(Endorsement(ceremony(), mine()), other)


def test_arguments_of_other_types_are_refused() -> None:
    from zkcredit.groth16 import keyfile

    key = keyfile.loads(case.honest())
    good: tuple[Any, ...] = (key, case.system(), case.powers())
    for place in range(3):
        for wrong in (None, b"bytes", good[place - 1]):
            with pytest.raises(InvalidInput):
                verify_ceremony(*good[:place], wrong, *good[place + 1 :])
    with pytest.raises(InvalidInput, match="threads"):
        verify_ceremony(key, case.system(), case.powers(), threads=0)
