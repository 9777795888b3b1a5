"""``prove``: what it prints and asks before it proves, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image
from support.cli.cli_desk import FOREVER, STRICT, Ran, run

from zkcredit.cli import output
from zkcredit.policy import Policy
from zkcredit.scoring import load_scorecard

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk


def test_it_is_printed_before_it_is_proved(shared_desk: Desk, tmp_path: Path) -> None:
    refused = shared_desk.prove(tmp_path / "x.json")
    assert refused.code == 2
    assert refused.err.startswith("InvalidInput: no terminal is open to ask at")
    for said in ("Shown to: a lender", "For: a bicycle", "Until: 2100-01-01T00:00:00Z",
                 "Not signed: anybody could have written this request, or can pass it on.",
                 "- your score is at least 650", "- your amounts are in EUR"):  # fmt: skip
        assert said in refused.stderr.splitlines()
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_whoever_does_not_agree_proves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(output, "_at_terminal", lambda: True)
    refused = desk.prove(tmp_path / "x.json", data=answer)
    assert refused.code == 1
    assert refused.err.endswith("nothing was proved")
    assert not (tmp_path / "x.json").exists()
    logged = run("wallet", "log", desk.path("wallet"), *desk.password, "--json")
    assert logged.json["proofs"] == []


def test_an_interrupted_question_proves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_at_terminal", lambda: True)
    assert desk.prove(tmp_path / "x.json", data="").code == 130
    assert not (tmp_path / "x.json").exists()


def test_whoever_agrees_proves_and_remembers(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_at_terminal", lambda: True)
    proved = desk.prove(tmp_path / "x.json", data="y\n")
    assert proved.code == 0, proved.stderr
    assert json.loads((tmp_path / "x.json").read_text())["statement"] == "eligibility"
    logged = run("wallet", "log", desk.path("wallet"), *desk.password, "--json").json["proofs"]
    assert [(entry["verifier"], entry["purpose"], entry["expires_at"]) for entry in logged] == [
        ("a lender", "a bicycle", FOREVER)
    ]
    shown = run("wallet", "log", desk.path("wallet"), *desk.password)
    assert "a lender  a bicycle  until 2100-01-01T00:00:00Z" in shown.out


def test_the_answer_is_drawn_as_a_qr_code_and_read_back(desk: Desk, tmp_path: Path) -> None:
    png = tmp_path / "x.png"
    assert desk.prove(tmp_path / "x.json", "--yes", "--png", png).code == 0
    with Image.open(png) as picture:
        assert zxingcpp.read_barcode(picture).text == (tmp_path / "x.json").read_text().strip()


@pytest.mark.parametrize("name", ["x.svg", "diary.png"])
def test_a_picture_that_cannot_be_written_is_refused_first(
    shared_desk: Desk, tmp_path: Path, name: str
) -> None:
    (tmp_path / "diary.png").write_text("today")
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", "--png", tmp_path / name)
    assert refused.code == 2
    assert "Shown to" not in refused.stderr
    assert not (tmp_path / "x.json").exists()


def test_an_expired_request_exits_with_3(shared_desk: Desk, tmp_path: Path) -> None:
    old = shared_desk.ask(tmp_path / "old.json", expires_at=1_000)
    late = shared_desk.prove(tmp_path / "x.json", "--yes", request=old)
    assert late.code == 3
    assert late.err.startswith("ExpiredRequest: ")


def test_whoever_does_not_qualify_learns_by_how_much(shared_desk: Desk, tmp_path: Path) -> None:
    policy = Policy(**STRICT).at(shared_desk.request.policy.now)
    strict = shared_desk.ask(tmp_path / "strict.json", policy=policy)
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", request=strict)
    assert refused.code == 6
    assert "min_score (by 50)" in refused.err
    assert "currency (by 1)" in refused.err
    assert not (tmp_path / "x.json").exists()


def test_an_expired_credential_exits_with_6(shared_desk: Desk, tmp_path: Path) -> None:
    later = shared_desk.request.policy.at(4_000_000_000)
    asked = shared_desk.ask(tmp_path / "later.json", policy=later)
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", request=asked)
    assert refused.code == 6
    assert refused.err.startswith("ExpiredCredential: ")


def test_a_wrong_password_exits_with_7(shared_desk: Desk, tmp_path: Path) -> None:
    wrong = {"password-file": shared_desk.path("wrong")}
    assert shared_desk.prove(tmp_path / "x.json", "--yes", **wrong).code == 7


def test_an_issuer_outside_the_registry_exits_with_6(
    shared_desk: Desk, desk: Desk, tmp_path: Path
) -> None:
    others = shared_desk.ask(tmp_path / "others.json", registry_root=int(desk.root))
    registry = desk.path("registry.json")
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", request=others, registry=registry)
    assert refused.code == 6
    assert refused.err.startswith("UnknownIssuer: ")


def test_another_registry_than_the_requests_exits_with_2(
    shared_desk: Desk, desk: Desk, tmp_path: Path
) -> None:
    registry = desk.path("registry.json")
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", registry=registry)
    assert refused.code == 2
    assert "another registry" in refused.err
    assert shared_desk.prove(tmp_path / "x.json", "--yes", registry=None).code == 2


def test_a_key_that_is_not_one_exits_with_2(shared_desk: Desk, tmp_path: Path) -> None:
    key = shared_desk.path("policy.json")
    assert shared_desk.prove(tmp_path / "x.json", "--yes", key=key).code == 2


def test_a_request_without_arbiters_names_no_group(shared_desk: Desk, tmp_path: Path) -> None:
    group = shared_desk.path("policy.json")
    assert shared_desk.prove(tmp_path / "x.json", "--yes", group=group).code == 2


def test_a_proof_from_a_credential_needs_its_registry(shared_desk: Desk, tmp_path: Path) -> None:
    refused = run(
        "prove", shared_desk.path("wallet"), "--request", shared_desk.path("request.json"),
        "--out", tmp_path / "x.json", "--yes", *shared_desk.password,
    )  # fmt: skip
    assert refused.code == 2
    assert "needs the verifier's registry" in refused.err


# --- a published model --------------------------------------------------------------------------

FEATURES = {
    "checking_account": "from_200_or_salary", "duration_months": 12,
    "credit_history": "all_paid_here", "purpose": "car_new", "amount_dm": 1500,
    "savings": "from_1000", "employment": "from_7_years", "instalment_rate": "under_20_percent",
    "other_plans": "none", "housing": "own",
}  # fmt: skip
RECORD = {
    "features": FEATURES, "monthly_income": 300_000, "monthly_expenses": 120_000,
    "monthly_debt_service": 30_000, "delinquencies_24m": 0, "history_months": 36, "currency": 978,
}  # fmt: skip


def _issue(desk: Desk, record: object, *extra: object) -> Ran:
    desk.path("scored.json").write_text(json.dumps(record))
    return run(
        "issuer", "issue", desk.path("issuer"), desk.path("scored.json"), "--person", "one", "--to",
        desk.path("card.json"), "--out", desk.path("e.json"), *desk.password, "--json", *extra,
    )  # fmt: skip


def test_features_are_issued_proved_and_verified(desk: Desk) -> None:
    issued = _issue(desk, RECORD)
    assert issued.code == 0, issued.stderr
    received = run(
        "credential", "receive", desk.path("wallet"), desk.path("e.json"), *desk.password, "--json"
    )
    digest = load_scorecard().digest
    asked = desk.ask(desk.path("asked.json"), scorecard=digest)
    proved = run(
        "prove", desk.path("wallet"), received.json["credential"], "--request", asked,
        "--registry", desk.path("registry.json"), "--out", desk.path("x.json"), *desk.password,
        "--yes", "--json",
    )  # fmt: skip
    assert proved.code == 0, proved.stderr
    assert proved.json["statement"] == "scored_eligibility"
    assert f"by scorecard {digest}" in proved.stderr
    shown = desk.path("x.json")
    assert desk.verify(shown, request=asked).json["valid"] is True
    assert desk.verify(shown, request=asked, model="bundled").json["valid"] is True
    assert desk.verify(shown).code == 3
    unknown = desk.ask(desk.path("unknown.json"), scorecard="ab" * 32)
    assert desk.verify(shown, request=unknown).code == 2


@pytest.mark.parametrize(
    "record",
    [
        {**RECORD, "score": 700},
        {**RECORD, "features": {}},
        {**RECORD, "features": "none"},
        {**RECORD, "features": {**FEATURES, "marital_status": "single"}},
        {**RECORD, "features": {**FEATURES, "housing": "castle"}},
        {**RECORD, "features": {**FEATURES, "duration_months": 2**32}},
        {**RECORD, "features": {**FEATURES, "duration_months": "12"}},
    ],
)
def test_features_that_no_model_reads_are_not_issued(desk: Desk, record: object) -> None:
    assert _issue(desk, record).code == 2
    assert not desk.path("e.json").exists()


def test_a_model_is_for_features_only(shared_desk: Desk, desk: Desk, tmp_path: Path) -> None:
    plain = json.loads(desk.path("record.json").read_text())
    assert _issue(desk, plain, "--model", "bundled").code == 2
    asked = shared_desk.prove(tmp_path / "x.json", "--yes", model="bundled")
    assert asked.code == 2
    assert "signed score" in asked.err
    scored = shared_desk.ask(tmp_path / "scored.json", scorecard=load_scorecard().digest)
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", request=scored)
    assert refused.code == 2
    assert "no features" in refused.err


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "zkcredit/scorecard/v1"}'])
def test_a_malformed_model_exits_with_2(shared_desk: Desk, tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content)
    refused = shared_desk.prove(tmp_path / "x.json", "--yes", model=tmp_path / "model.json")
    assert refused.code == 2
