"""Lists are signed, snapshots have one root, and membership is what the circuit will ask for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.protocol.nouns import NOW, credential, signing_key

from zkcredit._internal.evm import keccak256
from zkcredit.bn254.fields import R
from zkcredit.errors import (
    CredentialError,
    InvalidInput,
    InvalidSignature,
    MalformedFile,
    OutOfRange,
    RevokedCredential,
    UnknownIssuer,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.gaps import GAP_NODE_TAG, GAP_TAG, GapTree
from zkcredit.gadgets.merkle import verify_path
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.registry import MAX_ISSUERS, RegistrySnapshot, RevocationList


def listed(issuer: int = 1, *revoked: int, at: int = NOW) -> RevocationList:
    return RevocationList.sign(signing_key(issuer), revoked, at)


ONE, TWO, THREE = listed(1, 5, 4000), listed(2), listed(3, 4242)
SNAPSHOT = RegistrySnapshot.of(ONE, TWO, THREE)


# --- lists --------------------------------------------------------------------------------------


def test_a_list_is_sorted_and_its_root_is_that_of_the_gap_tree():
    assert listed(1, 9, 3, 9).revoked == (3, 9)
    assert ONE.root == GapTree([5, 4000]).root == ONE.tree.root
    assert RevocationList.from_json(ONE.to_json()) == ONE


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": signing_key(2).public},
        {"issuer": babyjub.IDENTITY},
        {"issuer": babyjub.TORSION[4]},
        {"issuer": babyjub.Point(1, 1)},
        {"root": TWO.root},
        {"published_at": NOW + 1},
        {"signature": TWO.signature},
    ],
)
def test_everything_in_a_list_is_signed(change):
    with pytest.raises(InvalidSignature):
        replace(ONE, **change)


def test_ids_that_were_not_signed_are_noticed_before_they_are_used():
    swapped = replace(ONE, revoked=(5, 4001))
    with pytest.raises(InvalidSignature):
        _ = swapped.tree
    with pytest.raises(InvalidSignature):
        RegistrySnapshot.of(swapped).membership(credential())


@pytest.mark.parametrize("ids", [(4000, 5), (5, 5), (0,), (2**32,), (-1,), (True,), ("5",), (5.0,)])
def test_lists_out_of_order_or_range_are_refused(ids):
    with pytest.raises(InvalidInput):
        replace(ONE, revoked=ids)


@pytest.mark.parametrize("at", [-1, 2**40, "now", None])
def test_lists_of_no_time_are_refused(at):
    with pytest.raises(InvalidInput):
        RevocationList.sign(signing_key(), [], at)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "other"},
        {"issuer": "00"},
        {"issuer": babyjub.encode(babyjub.IDENTITY).hex()},
        {"revoked": {}},
        {"revoked": ["5", "4000"]},
        {"revoked": [4000, 5]},
        {"revocationRoot": "0x0"},
        {"revocationRoot": f"0x{R:064x}"},
        {"publishedAt": str(NOW)},
        {"publishedAt": NOW + 1},
        {"signature": "00" * 64},
        {"signature": None},
        {"extra": 1},
    ],
)
def test_other_list_documents_are_refused(change):
    with pytest.raises((InvalidInput, CredentialError)):
        RevocationList.from_json(json.dumps({**json.loads(ONE.to_json()), **change}))


# --- snapshots ----------------------------------------------------------------------------------


def test_the_root_is_over_the_issuers_keys_and_revocation_roots():
    key = ONE.issuer
    assert ONE.leaf == poseidon([key.x, key.y, ONE.root], domain_tag("issuer"))
    tag = domain_tag("issuer-node")
    level = poseidon([ONE.leaf, TWO.leaf, THREE.leaf, 0, 0, 0, 0, 0], tag)
    empty = poseidon([0] * 8, tag)
    assert SNAPSHOT.root == poseidon([level, *[empty] * 7], tag)
    assert SNAPSHOT.issuers == (ONE.issuer, TWO.issuer, THREE.issuer)


def test_membership_is_two_paths_that_verify():
    signed = credential(issuer=1)
    member = SNAPSHOT.membership(signed)
    assert (member.gap.lo, member.gap.hi) == (4000, 2**32)
    leaf = poseidon([member.gap.lo, member.gap.hi], GAP_TAG)
    assert verify_path(leaf, member.gap.path, ONE.root, GAP_NODE_TAG)
    tag = domain_tag("issuer-node")
    assert verify_path(ONE.leaf, member.registry_path, member.root, tag)
    assert member.root == SNAPSHOT.root


def test_issuers_that_are_not_listed_do_not_count():
    with pytest.raises(UnknownIssuer, match=r"newest registry.* ask the issuer for a new"):
        SNAPSHOT.membership(credential(issuer=4))
    with pytest.raises(UnknownIssuer):
        RegistrySnapshot.of().membership(credential())


def test_revoked_credentials_do_not_count():
    with pytest.raises(RevokedCredential):
        SNAPSHOT.membership(credential(issuer=3))
    SNAPSHOT.membership(credential(issuer=2))


def test_an_issuer_counts_once():
    with pytest.raises(InvalidInput):
        RegistrySnapshot.of(ONE, TWO, listed(1, at=NOW + 1))
    with pytest.raises(InvalidInput):
        SNAPSHOT.allow(ONE)


@pytest.mark.slow
def test_there_is_room_for_64_issuers_and_no_more():
    full = RegistrySnapshot(tuple(listed(n) for n in range(1, MAX_ISSUERS + 1)))
    assert len(full.issuers) == 64
    last = credential(issuer=64)
    tag = domain_tag("issuer-node")
    member = full.membership(last)
    assert verify_path(full.lists[-1].leaf, member.registry_path, full.root, tag)
    with pytest.raises(InvalidInput):
        full.allow(listed(65))


def test_newer_lists_replace_older_ones_only():
    newer = listed(1, 4242, at=NOW + 1)
    updated = SNAPSHOT.update(newer)
    assert updated.root != SNAPSHOT.root
    assert updated.issuers == SNAPSHOT.issuers
    with pytest.raises(RevokedCredential):
        updated.membership(credential(issuer=1))
    for old in (ONE, listed(1, at=NOW - 1), newer):
        with pytest.raises(InvalidInput):
            updated.update(old)
    with pytest.raises(UnknownIssuer):
        SNAPSHOT.update(listed(4))


def test_issuers_can_be_disallowed():
    fewer = SNAPSHOT.disallow(TWO.issuer)
    assert fewer.issuers == (ONE.issuer, THREE.issuer)
    with pytest.raises(UnknownIssuer):
        fewer.disallow(TWO.issuer)


def test_the_order_of_issuers_is_part_of_the_root():
    assert RegistrySnapshot.of(ONE, TWO).root != RegistrySnapshot.of(TWO, ONE).root


def test_json_survives_a_round_trip_and_has_one_hash():
    text = SNAPSHOT.to_json()
    again = RegistrySnapshot.from_json(text, root=SNAPSHOT.root)
    assert again == SNAPSHOT
    assert again.to_json() == text
    assert SNAPSHOT.data_hash == keccak256(text.encode())


def test_a_snapshot_with_another_root_than_expected_is_refused():
    text = SNAPSHOT.to_json()
    with pytest.raises(MalformedFile):
        RegistrySnapshot.from_json(text, root=SNAPSHOT.root + 1)
    document = json.loads(text)
    document["root"] = f"0x{SNAPSHOT.root + 1:064x}"
    with pytest.raises(MalformedFile):
        RegistrySnapshot.from_json(json.dumps(document))


def test_a_snapshot_with_anything_moved_is_refused():
    document = json.loads(SNAPSHOT.to_json())
    issuers = document["issuers"]
    for wrong in (
        issuers[::-1],
        issuers[:-1],
        [*issuers, issuers[0]],
        [],
        {},
        None,
        [{**issuers[0], "issuer": issuers[1]["issuer"]}, *issuers[1:]],
        [{**issuers[0], "revocationRoot": issuers[1]["revocationRoot"]}, *issuers[1:]],
    ):
        with pytest.raises((InvalidInput, InvalidSignature)):
            RegistrySnapshot.from_json(json.dumps({**document, "issuers": wrong}))


@pytest.mark.parametrize("change", [{"type": "x"}, {"root": 1}, {"extra": 1}])
def test_other_documents_are_refused(change):
    with pytest.raises(MalformedFile):
        RegistrySnapshot.from_json(json.dumps({**json.loads(SNAPSHOT.to_json()), **change}))


def test_errors_name_their_range():
    with pytest.raises(OutOfRange):
        replace(ONE, published_at=2**40)
