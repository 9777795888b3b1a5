from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g

from zkcredit.bn254 import Q
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import r1cs, zkey
from zkcredit.groth16 import (
    Proof,
    ProvingKey,
    VerifyingKey,
    keyfile,
    load_proving_key,
    prove,
    save_proving_key,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path


def marked(file: str, mark: bytes) -> bytes:
    data = toy.data(file)
    return toy.join(data, [*toy.sections(data), (zkey.MARK_SECTION, mark)])


def contributed(steps: list[int], flag: int | None = None) -> bytes:
    """The ceremony key with only some of its contributions listed."""
    data = toy.data("ceremony.zkey")
    parts = dict(toy.sections(data))
    raw = [c.raw for c in zkey.loads(data).contributions]
    chosen = [raw[i] for i in steps]
    parts[10] = parts[10][:64] + struct.pack("<I", len(chosen)) + b"".join(chosen)
    return toy.join(data, list(parts.items()))


def test_the_verification_key_is_that_of_snarkjs() -> None:
    ours = json.loads(g.verifying_key().to_json())
    assert ours.pop("zkcredit") == {"origin": "claimed"}
    assert ours == json.loads(toy.text("verification_key.json"))


def test_json_round_trip_keeps_everything() -> None:
    for key in (g.verifying_key(), g.dev_key().verifying_key):
        assert VerifyingKey.from_json(key.to_json()) == key
    assert Proof.from_json(g.PROOF.to_json()) == g.PROOF
    assert Proof.from_words(g.PROOF.to_words()) == g.PROOF


def test_a_foreign_document_is_of_one_party_unless_the_caller_knows_better() -> None:
    text = toy.text("verification_key.json")
    assert VerifyingKey.from_json(text).origin == "single-party"
    assert VerifyingKey.from_json(text, origin="ceremony").origin == "ceremony"
    for mine in ("claimed", "ceremony"):  # a document shows nothing
        key = dataclasses.replace(g.verifying_key(), origin=mine)
        assert VerifyingKey.from_json(key.to_json()).origin == "claimed"
        assert VerifyingKey.from_json(key.to_json(), origin="ceremony").origin == "ceremony"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("zkcredit", {"origin": "trusted"}),
        ("zkcredit", {"origin": "ceremony", "circuit": "12"}),
        ("zkcredit", {"circuit": "G" * 64}),
        ("vk_alphabeta_12", [[["1", "0"]] * 3] * 2),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(member: str, value: Any) -> None:
    document = json.loads(toy.text("verification_key.json"))
    document[member] = value
    with pytest.raises(MalformedFile):
        VerifyingKey.from_json(json.dumps(document))


def test_alphabeta_may_be_absent() -> None:
    document = json.loads(toy.text("verification_key.json"))
    del document["vk_alphabeta_12"]
    assert VerifyingKey.from_json(json.dumps(document)) == VerifyingKey.from_json(
        toy.text("verification_key.json")
    )


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "trusted"},
        {"origin": None},
        {"circuit_digest": "12"},
        {"circuit_digest": "A" * 64},
    ],
)
def test_a_key_is_labelled_with_known_words(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        dataclasses.replace(g.verifying_key(), **change)


@pytest.mark.parametrize("key", [g.ceremony_key, g.dev_key], ids=["ceremony", "dev"])
def test_zkey_round_trip_keeps_everything(key: Any, tmp_path: Path) -> None:
    before: ProvingKey = key()
    save_proving_key(tmp_path / "key.zkey", before)
    after = load_proving_key(tmp_path / "key.zkey")
    assert after.verifying_key == before.verifying_key
    assert after.contributions == before.contributions
    assert keyfile.dumps(after) == keyfile.dumps(before)
    verify(before.verifying_key, g.PUBLIC, prove(after, g.WITNESS, system=g.SYSTEM))


def test_our_file_is_the_foreign_one_plus_the_mark() -> None:
    ours = dict(toy.sections(keyfile.dumps(g.ceremony_key())))
    assert ours.pop(zkey.MARK_SECTION) == b'{"origin": "claimed"}'
    assert ours == dict(toy.sections(toy.data("ceremony.zkey")))


@pytest.mark.parametrize(
    ("steps", "origin"),
    [
        ([0, 1, 2], "claimed"),
        ([0, 0, 2], "claimed"),  # which is why it is only claimed
        ([0, 2], "single-party"),  # one party and a beacon: the beacon is public
        ([2], "single-party"),
        ([0], "single-party"),
        ([], "single-party"),
    ],
)
def test_a_key_of_fewer_than_two_contributors_is_of_one_party(
    steps: list[int], origin: str
) -> None:
    assert keyfile.loads(contributed(steps)).origin == origin


def test_contributions_that_lead_elsewhere_are_refused() -> None:
    with pytest.raises(MalformedFile, match="last contribution"):
        keyfile.loads(contributed([0, 1]))


def test_our_mark_can_lower_the_origin_but_not_raise_it() -> None:
    for claimed in ("dev", "single-party", "claimed", "ceremony"):
        mark = json.dumps({"origin": claimed}).encode()
        wanted = "claimed" if claimed == "ceremony" else claimed
        assert keyfile.loads(marked("ceremony.zkey", mark)).origin == wanted
    assert keyfile.loads(marked("single.zkey", b'{"origin": "ceremony"}')).origin == "single-party"


@pytest.mark.parametrize(
    "mark",
    [
        b"x", b"{", b"[]", b"{}", b"null", b"1", b"\xff\xfe", b"[" * 4000,
        b'{"origin": "trusted"}', b'{"origin": 1}', b'{"origin": ["dev"]}',
        b'{"origin": "dev", "circuit": "12"}', b'{"origin": "dev", "circuit": 1}',
        b'{"origin": "dev", "extra": 1}', b"9" * 4096,
    ],
)  # fmt: skip
def test_a_mark_that_is_not_ours_is_refused(mark: bytes) -> None:
    with pytest.raises(MalformedFile, match="mark"):
        keyfile.loads(marked("ceremony.zkey", mark))


def test_copies_and_pickles_work_and_are_checked() -> None:
    for key in (g.ceremony_key(), pickle.loads(pickle.dumps(g.ceremony_key()))):
        verify(key.verifying_key, g.PUBLIC, prove(copy.copy(key), g.WITNESS))
    state = pickle.dumps(g.verifying_key())
    assert pickle.loads(state) == g.verifying_key()
    unsafe = copy.copy(g.verifying_key())
    object.__setattr__(unsafe, "delta2", unsafe.gamma2)
    with pytest.raises(UnsafeKey):
        pickle.loads(pickle.dumps(unsafe))


def test_keys_and_proofs_are_short_on_the_screen() -> None:
    for value in (g.ceremony_key(), g.verifying_key(), g.PROOF, g.proof_of([Q] * 8)):
        assert len(repr(value)) < 120
    assert "n_public=3" in repr(g.verifying_key())
    assert repr(Proof("x", None, None))  # type: ignore[arg-type]


def test_the_coefficients_are_those_of_the_circuit() -> None:
    theirs, ours = g.ceremony_key().coefficients, g.dev_key().coefficients
    assert theirs.same_as(ours)
    wrong = ours._replace(value=np.roll(ours.value, 1, axis=0))
    assert not theirs.same_as(wrong)
    assert not theirs.same_as(ours._replace(row=ours.row[::-1].copy()))


def test_the_dev_key_names_its_circuit() -> None:
    assert g.dev_key().circuit_digest == r1cs.digest(g.SYSTEM)
    assert g.dev_key().origin == "dev"
