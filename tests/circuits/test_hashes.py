from __future__ import annotations

import pytest

from zkcredit.bn254.fields import R
from zkcredit.circuits import eligibility, hashes
from zkcredit.circuits.eligibility import EligibilityWitness
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.gaps import GAP_NODE_TAG, GAP_TAG, Gap
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.schema import ATTRIBUTES


def test_each_hash_has_its_own_domain() -> None:
    names = ["holder", "nullifier", "credential", "issuer", "issuer-node", "gap", "gap-node"]
    tags = [
        hashes.HOLDER_TAG,
        hashes.NULLIFIER_TAG,
        hashes.CREDENTIAL_TAG,
        hashes.ISSUER_TAG,
        hashes.ISSUER_NODE_TAG,
        GAP_TAG,
        GAP_NODE_TAG,
    ]
    assert tags == [domain_tag(name) for name in names]
    assert len({0, *tags}) == 8


def test_hashes_take_their_values_in_the_published_order() -> None:
    assert hashes.holder_commitment(5) == poseidon([5], domain_tag("holder"))
    assert hashes.nullifier(5, 6) == poseidon([5, 6], domain_tag("nullifier"))
    assert hashes.issuer_leaf(1, 2, 3) == poseidon([1, 2, 3], domain_tag("issuer"))
    assert hashes.credential_message(1, 2, 3, 4, range(5, 17)) == poseidon(
        range(1, 17), domain_tag("credential")
    )
    assert hashes.nullifier(5, 6) != hashes.nullifier(6, 5)


def test_values_that_do_not_fit_are_refused() -> None:
    for count in (0, 11, 13):
        with pytest.raises(InvalidInput):
            hashes.credential_message(1, 2, 3, 4, [0] * count)
    for bad in (-1, R, R + 5):
        for call in (
            lambda bad=bad: hashes.holder_commitment(bad),
            lambda bad=bad: hashes.nullifier(1, bad),
            lambda bad=bad: hashes.issuer_leaf(bad, 1, 1),
            lambda bad=bad: hashes.credential_message(bad, 2, 3, 4, [0] * 12),
        ):
            with pytest.raises(OutOfRange):
                call()
    with pytest.raises(InvalidInput):
        hashes.registry_tree([1] * 65)
    assert len(hashes.registry_tree([1] * 64)) == 64


def test_the_statement_reads_the_attributes_that_the_schema_names() -> None:
    assert [spec.name for spec in ATTRIBUTES[:1]] == ["score"]
    assert (eligibility.SCORE, eligibility.SUBJECT_REF, len(ATTRIBUTES)) == (0, 10, 12)


def test_a_witness_shows_nothing_of_itself() -> None:
    witness = EligibilityWitness(
        secret=123456789,
        revocation_id=1,
        issued_at=2,
        expires_at=3,
        attributes=[987654321] * 12,
        signature=None,
        gap=Gap(0, 5, []),
        registry_path=[],
    )
    assert "123456789" not in repr(witness)
    assert "987654321" not in repr(witness)
