"""Revert data become typed errors, whoever raised them; rubbish becomes nothing worse."""

from __future__ import annotations

import pytest
from eth_abi import encode

from zkcredit.chain.contracts.abi import abi_of, canonical_type, signature_hash
from zkcredit.chain.contracts.artifacts import all_artifacts, artifact
from zkcredit.chain.contracts.reverts import decode_revert, revert_from
from zkcredit.errors import ChainError, InvalidInput, MalformedFile, TransactionReverted

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def raised(name, types, *values):
    return signature_hash(name, types)[:4] + encode(types, values)


@pytest.mark.parametrize(
    ("data", "name", "arguments"),
    [
        (raised("ProofInvalid", []), "ProofInvalid", {}),
        (raised("DefaultNotYet", ["uint256"], 7), "DefaultNotYet", {"possibleAt": 7}),
        (raised("EnforcedPause", []), "EnforcedPause", {}),
        (raised("Error", ["string"], "no"), "Error", {"reason": "no"}),
        (raised("Panic", ["uint256"], 0x11), "Panic", {"code": 0x11}),
        (
            raised("OwnableUnauthorizedAccount", ["address"], ADDRESS),
            "OwnableUnauthorizedAccount",
            {"account": ADDRESS},
        ),
        (
            raised("ERC20InsufficientBalance", ["address", "uint256", "uint256"], ADDRESS, 1, 2),
            "ERC20InsufficientBalance",
            {"sender": ADDRESS, "balance": 1, "needed": 2},
        ),
    ],
)
def test_declared_errors_are_decoded(data, name, arguments):
    assert decode_revert(data) == (name, arguments)
    error = revert_from("0x" + data.hex(), "execution reverted")
    assert isinstance(error, TransactionReverted)
    assert (error.error, error.arguments) == (name, arguments)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01\x02\x03\x04", raised("DefaultNotYet", []),
     raised("DefaultNotYet", ["uint256"], 7)[:-1],
     signature_hash("Error", ["string"])[:4] + b"\xff" * 64,
     signature_hash("Error", ["string"])[:4] + encode(["bytes"], [b"\xff\xfe"])],
)  # fmt: skip
def test_undeclared_or_damaged_data_are_no_error_of_ours(data):
    assert decode_revert(data) == ("", {})
    assert revert_from(data, "reverted").error == ""


@pytest.mark.parametrize("data", [None, "", "0x", "0xzz", "Reverted", 5, {"data": "0x"}])
def test_nodes_may_report_anything(data):
    assert revert_from(data, "out of gas").error == ""


def test_a_panic_is_explained_in_words():
    data = raised("Panic", ["uint256"], 0x12)
    assert "division by zero" in str(revert_from(data, ""))
    assert "panic 0x99" in str(revert_from(raised("Panic", ["uint256"], 0x99), ""))


@pytest.mark.parametrize("name", ["NotAContract", "WrongKind"])
def test_an_address_of_another_kind_says_what_to_do(name):
    error = revert_from(raised(name, ["address"], ADDRESS), "")
    assert (error.error, error.arguments) == (name, {"account": ADDRESS})
    assert "check the address" in str(error)


def test_every_declared_error_has_its_own_selector():
    seen = {}
    for compiled in all_artifacts():
        for entry in compiled.abi:
            if entry["type"] == "error":
                signature = (entry["name"], tuple(map(canonical_type, entry["inputs"])))
                assert seen.setdefault(signature_hash(*signature)[:4], signature) == signature
    assert len(seen) > 30


@pytest.mark.parametrize("name", ["Nothing", "../secrets", "", "LoanMarket.json"])
def test_unknown_contracts_are_refused(name):
    with pytest.raises(InvalidInput):
        artifact(name)


def test_a_damaged_artifact_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("zkcredit._internal.resources.folder", lambda resource: tmp_path)
    for text in ("", "{}", "[]", '{"contractName": "A", "abi": [], "bytecode": "0xz"}'):
        path = tmp_path / f"A{len(text)}.json"
        path.write_text(text)
        with pytest.raises(MalformedFile):
            artifact(path.stem)


def test_interfaces_are_not_deployed():
    with pytest.raises(InvalidInput, match="interface"):
        abi_of("ILoanMarket").encode_deployment()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [("nothing", ()), ("loan", ()), ("loan", (1, 2)), ("loan", (-1,)), ("loan", (2**256,)),
     ("loan", ("1",)), ("withdraw", (1, "0x12"))],
)  # fmt: skip
def test_calls_that_do_not_fit_the_abi_are_refused(function, arguments):
    with pytest.raises(InvalidInput):
        abi_of("LoanMarket").encode(function, *arguments)


@pytest.mark.parametrize("output", [b"", b"\x00" * 31, b"\xff" * 32])
def test_answers_that_do_not_fit_the_abi_are_refused(output):
    with pytest.raises(ChainError):
        abi_of("LoanMarket").decode("newLoansPaused", output)


def test_foreign_events_are_passed_over():
    assert abi_of("LoanMarket").decode_event([b"\x01" * 32], b"") is None
    assert abi_of("LoanMarket").decode_event([], b"") is None


def test_an_error_of_one_signature_has_the_same_arguments_everywhere():
    """Otherwise a number would be shown under the name of another contract's argument."""
    named: dict[bytes, set[tuple[str, ...]]] = {}
    for found in all_artifacts():
        for entry in found.abi:
            if entry["type"] == "error":
                types = tuple(canonical_type(field) for field in entry["inputs"])
                names = tuple(field["name"] for field in entry["inputs"])
                named.setdefault(signature_hash(entry["name"], types)[:4], set()).add(names)
    assert all(len(names) == 1 for names in named.values())
