"""`request`, and what `prove` prints and asks before it proves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import CONSENT, Ran, run

from zkcredit.cli import agreement
from zkcredit.request import Consent

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk


def _request(folder: Path, **changed: object) -> Path:
    options = {"verifier": "a lender", "purpose": "a bicycle", "minutes": 10} | changed
    flat = [part for name, value in options.items() for part in (f"--{name}", value)]
    made = run("request", *flat, "--out", folder / "asked.json", "--json")
    assert made.code == 0, made.stderr
    return folder / "asked.json"


def _prove(desk: Desk, out: Path, *extra: object, data: str | None = None) -> Ran:
    return run(
        "prove", desk.path("wallet"), desk.credential, "--policy", desk.path("policy.json"),
        *desk.use, "--registry", desk.path("registry.json"), "--out", out, *desk.password, *extra,
        data=data,
    )  # fmt: skip


def _verify(desk: Desk, request: Path) -> Ran:
    return run(
        "verify", desk.path("shown.json"), "--policy", desk.path("policy.json"), "--request",
        request, "--scope", "0x5678", "--root", desk.root, "--now", desk.path("now").read_text(),
        "--json",
    )  # fmt: skip


def test_a_request_names_verifier_purpose_and_expiry(tmp_path: Path) -> None:
    one = Consent.from_json(_request(tmp_path).read_text())
    other = Consent.from_json(_request(tmp_path).read_text())
    assert (one.verifier, one.purpose) == ("a lender", "a bicycle")
    assert one.nonce != other.nonce


@pytest.mark.parametrize(
    "changed",
    [["--verifier", ""], ["--purpose", " x"], ["--minutes", "0"], ["--minutes", "x"],
     ["--verifier", "a\nb"]],
)  # fmt: skip
def test_requests_that_could_mislead_are_refused(tmp_path: Path, changed: list[str]) -> None:
    given = ["--verifier", "a lender", "--purpose", "a bicycle", *changed]
    assert run("request", *given, "--out", tmp_path / "asked.json").code == 2
    assert not (tmp_path / "asked.json").exists()


def test_it_is_printed_before_it_is_proved(shared_desk: Desk, tmp_path: Path) -> None:
    refused = _prove(shared_desk, tmp_path / "x.json")
    assert refused.code == 2
    assert refused.err.startswith("InvalidInput: no terminal to ask at")
    for said in ("Shown to: a lender", "For: a bicycle", "Until: 2100-01-01T00:00:00Z",
                 "- your score is at least 650", "- your amounts are in EUR"):  # fmt: skip
        assert said in refused.stderr.splitlines()
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_whoever_does_not_agree_proves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(agreement, "_at_terminal", lambda: True)
    refused = _prove(desk, tmp_path / "x.json", data=answer)
    assert refused.code == 1
    assert refused.err.endswith("nothing was proved")
    assert not (tmp_path / "x.json").exists()
    logged = run("wallet", "log", desk.path("wallet"), *desk.password, "--json")
    assert logged.json["proofs"] == []


def test_an_interrupted_question_proves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "_at_terminal", lambda: True)
    assert _prove(desk, tmp_path / "x.json", data="").code == 130
    assert not (tmp_path / "x.json").exists()


def test_whoever_agrees_proves_and_remembers(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "_at_terminal", lambda: True)
    proved = _prove(desk, tmp_path / "x.json", data="y\n")
    assert proved.code == 0, proved.stderr
    assert json.loads((tmp_path / "x.json").read_text())["statement"] == "eligibility"
    logged = run("wallet", "log", desk.path("wallet"), *desk.password, "--json").json["proofs"]
    assert [(entry["verifier"], entry["purpose"], entry["expires_at"]) for entry in logged] == [
        (CONSENT.verifier, CONSENT.purpose, CONSENT.expires_at)
    ]
    shown = run("wallet", "log", desk.path("wallet"), *desk.password)
    assert "a lender  a bicycle  until 2100-01-01T00:00:00Z" in shown.out


@pytest.mark.parametrize(
    "changed",
    [{"verifier": "another lender"}, {"purpose": "a tractor"}, {"nonce": 1235},
     {"expires_at": CONSENT.expires_at + 1}],
)  # fmt: skip
def test_another_request_exits_with_3(
    shared_desk: Desk, tmp_path: Path, changed: dict[str, object]
) -> None:
    fields = {name: getattr(CONSENT, name) for name in CONSENT.__slots__} | changed
    (tmp_path / "other.json").write_text(Consent(**fields).to_json())
    refused = _verify(shared_desk, tmp_path / "other.json")
    assert (refused.code, refused.out) == (3, "")
    assert json.loads(refused.err)["error"] == "InvalidProof"


def test_an_expired_request_exits_with_3_on_both_sides(shared_desk: Desk, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(Consent(CONSENT.verifier, CONSENT.purpose, 1_000, 1).to_json())
    refused = _verify(shared_desk, old)
    assert refused.code == 3
    assert json.loads(refused.err)["error"] == "ExpiredRequest"
    late = run(
        "prove", shared_desk.path("wallet"), shared_desk.credential, "--policy",
        shared_desk.path("policy.json"), "--request", old, "--scope", "1", "--registry",
        shared_desk.path("registry.json"), "--out", tmp_path / "x.json", *shared_desk.password,
        "--yes",
    )  # fmt: skip
    assert late.code == 3
    assert late.err.startswith("ExpiredRequest: ")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"type": "zkcredit/consent/1"}', "\x00"])
def test_a_malformed_request_exits_with_2(shared_desk: Desk, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    assert _verify(shared_desk, tmp_path / "bad.json").code == 2


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
    common = ["--policy", desk.path("policy.json"), *desk.use]
    proved = run(
        "prove", desk.path("wallet"), received.json["credential"], *common, "--registry",
        desk.path("registry.json"), "--out", desk.path("x.json"), *desk.password, "--yes", "--json",
    )  # fmt: skip
    assert proved.code == 0, proved.stderr
    assert proved.json["statement"] == "scored_eligibility"
    assert "published scorecard 29373043cc0a" in proved.stderr
    last = [*common, "--root", desk.root, "--now", proved.json["now"]]
    verified = run("verify", desk.path("x.json"), *last, "--model", "bundled", "--json")
    assert verified.json["valid"] is True
    assert run("verify", desk.path("x.json"), *last).code == 3


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
    asked = _prove(shared_desk, tmp_path / "x.json", "--yes", "--model", "bundled")
    assert asked.code == 2
    assert "no features" in asked.err


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "zkcredit/scorecard/v1"}'])
def test_a_malformed_model_exits_with_2(shared_desk: Desk, tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content)
    refused = _prove(shared_desk, tmp_path / "x.json", "--yes", "--model", tmp_path / "model.json")
    assert refused.code == 2
