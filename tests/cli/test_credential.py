"""``credential list``, and a wallet's only credential as the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.cli.cli_desk import Desk, ok, run

if TYPE_CHECKING:
    from pathlib import Path


def second_credential(desk: Desk) -> str:
    """Issue and receive another credential."""
    envelope, record = desk.path("second.json"), desk.path("second-record.json")
    record.write_text(
        '{"score": 710, "monthly_income": 300000, "monthly_expenses": 100000, "currency": 978,'
        ' "monthly_debt_service": 0, "delinquencies_24m": 0, "history_months": 40}'
    )
    ok(run(
        "issuer", "issue", desk.path("issuer"), record, "--person", "one", "--to",
        desk.path("card.json"), "--out", envelope, *desk.password, "--json",
    ))  # fmt: skip
    received = run("credential", "receive", desk.path("wallet"), envelope, *desk.password, "--json")
    return str(ok(received)["credential"])


def test_credentials_are_listed(desk: Desk) -> None:
    listed = run("credential", "list", desk.path("wallet"), *desk.password)
    assert listed.code == 0, listed.stderr
    assert listed.out.startswith(f"{desk.credential}  until 2")
    second = second_credential(desk)
    entries = ok(run("credential", "list", desk.path("wallet"), *desk.password, "--json"))
    assert {one["credential"] for one in entries["credentials"]} == {desk.credential, second}


def test_the_only_credential_is_shown_and_proved(desk: Desk, tmp_path: Path) -> None:
    shown = ok(run("credential", "show", desk.path("wallet"), *desk.password, "--json"))
    assert shown["credentialSubject"]["score"] == 700
    asked = desk.ask(tmp_path / "request.json")
    proved = run(
        "prove", desk.path("wallet"), "--request", asked, "--registry", desk.path("registry.json"),
        "--out", tmp_path / "shown.json", "--yes", *desk.password,
    )  # fmt: skip
    assert proved.code == 0, proved.stderr
    assert desk.verify(tmp_path / "shown.json", request=asked).code == 0


def test_of_two_credentials_none_is_the_default(desk: Desk, tmp_path: Path) -> None:
    second = second_credential(desk)
    for command in (
        ("credential", "show", desk.path("wallet")),
        ("prove", desk.path("wallet"), "--request", desk.path("request.json"), "--registry",
         desk.path("registry.json"), "--out", tmp_path / "x.json", "--yes"),
    ):  # fmt: skip
        told = run(*command, *desk.password)
        assert told.code == 2
        assert "the wallet has 2 credentials; name one: " in told.err
        assert second in told.err
        assert "Shown to" not in told.stderr
    assert not (tmp_path / "x.json").exists()


def test_without_a_credential_it_says_what_to_do(desk: Desk) -> None:
    removed = run("credential", "remove", desk.path("wallet"), desk.credential, *desk.password)
    assert removed.code == 0
    told = run("credential", "show", desk.path("wallet"), *desk.password)
    assert (told.code, "receive one first" in told.err) == (2, True)
    assert "no credentials" in run("credential", "list", desk.path("wallet"), *desk.password).out
