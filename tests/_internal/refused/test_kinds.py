"""A wrong file is refused by what it is, whichever file was expected."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.formats.snarkjs_toy import FOLDER
from support.protocol.nouns import NOW, card, credential, record, signing_key

import zkcredit
from zkcredit._internal.refused import kinds
from zkcredit._internal.refused.kinds import kind_of_bytes, kind_of_document
from zkcredit.cli.options import read_object
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import MalformedFile
from zkcredit.formats import ptau, r1cs, snarkjs, wtns, zkey
from zkcredit.presentation import Presentation
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

LIST = RevocationList.sign(signing_key(), [5], NOW)
KEYSTORE = json.dumps({"version": 3, "crypto": {}, "address": "00"}).encode()
FILES: dict[str, bytes] = {
    "a circuit (.r1cs)": (FOLDER / "toy.r1cs").read_bytes(),
    "a witness (.wtns)": (FOLDER / "toy.wtns").read_bytes(),
    "a proving key (.zkey)": (FOLDER / "ceremony.zkey").read_bytes(),
    "powers of tau (.ptau)": b"ptau" + bytes(60),
    "a WebAssembly program (.wasm)": b"\0asm\1\0\0\0",
    "a wallet, or another file under a password": b"SQLite format 3\0" + bytes(84),
    "a key in PEM form": b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
    "compressed by gzip": b"\x1f\x8b\x08\0",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
    "the source of a circom circuit": (FOLDER / "toy.circom").read_bytes(),
    "a web page": b"\n<!DOCTYPE html><html>",
    "empty": b"",
    "a proof": (FOLDER / "proof.json").read_bytes(),
    "a verification key": (FOLDER / "verification_key.json").read_bytes(),
    "a list of public inputs": (FOLDER / "public.json").read_bytes(),
    "an Ethereum keystore": KEYSTORE,
    "a credential": credential().to_json().encode(),
    "a wallet's card": card().to_json().encode(),
    "a sealed credential": Envelope.seal(credential(), card()).to_json().encode(),
    "a revocation list": LIST.to_json().encode(),
    "a registry of issuers": RegistrySnapshot.of(LIST).to_json().encode(),
    "a policy": b'{"min_score": 650}',
}
JSON = [name for name, data in FILES.items() if data[:1] in (b"{", b"[")]
BINARY: dict[str, Callable[[bytes], Any]] = {
    "a circuit (.r1cs)": r1cs.loads,
    "a witness (.wtns)": wtns.loads,
    "a proving key (.zkey)": zkey.loads,
    "powers of tau (.ptau)": ptau.loads,
}
DOCUMENTS: dict[str, Callable[[bytes], Any]] = {
    "a proof": snarkjs.load_proof,
    "a verification key": snarkjs.load_verification_key,
    "a list of public inputs": snarkjs.load_public,
    "a credential": Credential.from_json,
    "a wallet's card": HolderCard.from_json,
    "a sealed credential": Envelope.from_json,
    "a revocation list": RevocationList.from_json,
    "a registry of issuers": RegistrySnapshot.from_json,
    "a presentation": Presentation.from_json,
    "a request": ProofRequest.from_json,
}


@pytest.mark.parametrize("given", FILES)
@pytest.mark.parametrize("expected", BINARY)
def test_a_binary_file_is_expected(given: str, expected: str) -> None:
    if given == expected:
        return
    told = "a JSON document" if given in JSON else given
    with pytest.raises(MalformedFile) as caught:
        BINARY[expected](FILES[given])
    assert given == "empty" or f"this is {told}" in str(caught.value)


@pytest.mark.parametrize("given", FILES)
@pytest.mark.parametrize("expected", DOCUMENTS)
def test_a_document_is_expected(given: str, expected: str) -> None:
    if given == expected:
        return
    with pytest.raises(MalformedFile) as caught:
        DOCUMENTS[expected](FILES[given])
    # the longest document is stated before its text is read
    assert given in str(caught.value) or (given in JSON and "longer than" in str(caught.value))


def test_documents_of_every_type_of_ours_are_known() -> None:
    root = Path(zkcredit.__file__).parent
    written = {
        found[1]
        for path in root.rglob("*.py")
        for found in re.finditer(
            r"^_(?:TYPE|FORMAT|WHAT|CARD|ROSTER|DEAL|DEALS|COMPLAINT|ENVELOPE|SEALED|"
            r"LIST_TYPE|SNAPSHOT_TYPE|UNSIGNED|SIGNED|RELEASE)"
            r'(?:: Final)? = "(zkcredit[-/][a-z-]+)/v?\d+"',
            path.read_text(),
            re.MULTILINE,
        )
    }
    assert written - {"zkcredit-lock"} == kinds._TYPES.keys()


def test_the_members_of_our_own_documents_are_real() -> None:
    named = {frozenset(names) for names, _ in kinds._MEMBERS}
    assert frozenset({"min_score"}) in named
    assert "min_score" in POLICY_FIELDS
    assert {"monthly_income", "score"} <= set(CreditRecord.__dataclass_fields__)
    assert isinstance(record(), CreditRecord)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"terms": {}, "policy": {}}, "product"),
        ({"terms": {}, "policy": {}}, "offer"),
        ({"schedule": {}, "policy": {}}, "offer"),
        ({"min_score": 600}, "policy"),
        ({"monthly_income": 1, "score": 2}, "record"),
        ({"format": "zkcredit/scorecard/v1"}, "scorecard"),
        ({"score_points": 1, "monthly_income": 2}, "entry"),
    ],
)
def test_a_command_takes_the_kind_that_it_names(
    tmp_path: Path, value: dict[str, object], what: str
) -> None:
    path = tmp_path / "given.json"
    path.write_text(json.dumps(value))
    assert read_object(path, what) == value
    if kind_of_document(value):
        with pytest.raises(MalformedFile, match="but this is") as caught:
            read_object(path, "thing of another kind")
        assert caught.value.file == str(path)


@pytest.mark.parametrize("value", [None, 1, "x", {}, {"a": 1}, [], [1], ["x"], [[]]])
def test_what_nobody_writes_has_no_kind(value: object) -> None:
    assert kind_of_document(value) == ""


@pytest.mark.parametrize("data", [b"?", b"\x7fELF", b"hello", bytes(40)])
def test_bytes_that_tell_nothing_have_no_kind(data: bytes) -> None:
    assert kind_of_bytes(data) == ""
    with pytest.raises(MalformedFile, match="it begins with" if len(data) > 3 else "too few"):
        wtns.loads(data)
