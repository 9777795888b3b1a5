"""``prove`` and ``verify``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import Ran, run

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk


def _verify(desk: Desk, shown: Path | None = None, **changed: object) -> Ran:
    options = {
        "policy": desk.path("policy.json"),
        "request": desk.path("request.json"),
        "scope": "0x5678",
        "root": desk.root,
        "now": desk.path("now").read_text(),
    } | changed
    flat = [part for name, value in options.items() for part in (f"--{name}", value)]
    return run("verify", shown or desk.path("shown.json"), *flat, "--json")


def _prove(
    desk: Desk,
    out: Path,
    extra: tuple[str, ...] = ("--yes",),
    data: str | None = None,
    **changed: object,
) -> Ran:
    options = {
        "policy": desk.path("policy.json"),
        "request": desk.path("request.json"),
        "scope": "0x5678",
        "registry": desk.path("registry.json"),
        "out": out,
        "password-file": desk.path("password"),
    } | changed
    flat = [part for name, value in options.items() for part in (f"--{name}", value)]
    return run("prove", desk.path("wallet"), desk.credential, *flat, *extra, data=data)


def test_what_was_proved_verifies(shared_desk: Desk) -> None:
    assert _verify(shared_desk).json["valid"] is True


@pytest.mark.parametrize("changed", [{"scope": "1"}, {"root": "1"}, {"now": "1800000000"}])
def test_another_use_root_or_time_exits_with_3(
    shared_desk: Desk, changed: dict[str, object]
) -> None:
    refused = _verify(shared_desk, **changed)
    assert (refused.code, refused.out) == (3, "")
    assert json.loads(refused.err)["error"] == "InvalidProof"


def test_another_policy_exits_with_3(shared_desk: Desk) -> None:
    assert _verify(shared_desk, policy=shared_desk.path("strict.json")).code == 3


def test_a_tampered_proof_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    document = json.loads(shared_desk.path("shown.json").read_text())
    proof = document["proof"]
    proof["pi_a"], proof["pi_c"] = proof["pi_c"], proof["pi_a"]
    (tmp_path / "bad.json").write_text(json.dumps(document))
    assert _verify(shared_desk, tmp_path / "bad.json").code == 3


def test_a_tampered_pseudonym_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    document = json.loads(shared_desk.path("shown.json").read_text())
    document["publicSignals"][4] = "5"
    (tmp_path / "bad.json").write_text(json.dumps(document))
    assert _verify(shared_desk, tmp_path / "bad.json").code == 3


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"type": "zkcredit/presentation/1"}'])
def test_a_malformed_presentation_exits_with_2(
    shared_desk: Desk, tmp_path: Path, content: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    refused = _verify(shared_desk, tmp_path / "bad.json")
    assert refused.code == 2
    assert json.loads(refused.err)["error"] == "MalformedFile"


def test_a_missing_file_exits_with_2(shared_desk: Desk, tmp_path: Path) -> None:
    assert _verify(shared_desk, tmp_path / "none.json").code == 2


def test_whoever_does_not_qualify_learns_by_how_much(shared_desk: Desk, tmp_path: Path) -> None:
    refused = _prove(shared_desk, tmp_path / "x.json", policy=shared_desk.path("strict.json"))
    assert refused.code == 6
    assert "min_score (by 50)" in refused.err
    assert "currency (by 1)" in refused.err
    assert not (tmp_path / "x.json").exists()


def test_an_expired_credential_exits_with_6(shared_desk: Desk, tmp_path: Path) -> None:
    refused = _prove(shared_desk, tmp_path / "x.json", now="4000000000")
    assert refused.code == 6
    assert refused.err.startswith("ExpiredCredential: ")


def test_a_wrong_password_exits_with_7(shared_desk: Desk, tmp_path: Path) -> None:
    wrong = {"password-file": shared_desk.path("wrong")}
    assert _prove(shared_desk, tmp_path / "x.json", **wrong).code == 7


def test_an_issuer_outside_the_registry_exits_with_6(
    shared_desk: Desk, desk: Desk, tmp_path: Path
) -> None:
    refused = _prove(shared_desk, tmp_path / "x.json", registry=desk.path("registry.json"))
    assert refused.code == 6
    assert refused.err.startswith("UnknownIssuer: ")


@pytest.mark.parametrize(
    "number", ["", "-1", "1.5", "0x", "1_000", " 1", "x", "9" * 81, "1" + "0" * 79]
)
def test_what_is_no_field_element_is_refused(shared_desk: Desk, number: str) -> None:
    assert _verify(shared_desk, scope=number).code == 2


@pytest.mark.parametrize(
    "policy",
    ["[]", '{"min_scores": 1}', '{"min_score": -1}', '{"min_score": 65536}', '{"min_score": "1"}',
     '{"min_score": 2, "max_score": 1}', '{"min_score": 1.5}', '{"min_score": 1, "min_score": 2}'],
)  # fmt: skip
def test_a_malformed_policy_is_refused(shared_desk: Desk, tmp_path: Path, policy: str) -> None:
    (tmp_path / "policy.json").write_text(policy)
    assert _verify(shared_desk, policy=tmp_path / "policy.json").code == 2


def test_a_key_that_is_none_is_refused(shared_desk: Desk, tmp_path: Path) -> None:
    assert _verify(shared_desk, key=shared_desk.path("policy.json")).code == 2
    refused = _prove(shared_desk, tmp_path / "x.json", key=shared_desk.path("policy.json"))
    assert refused.code == 2
