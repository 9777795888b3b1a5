"""``wallet`` and ``credential``: what they do, and what every bad input ends in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run

if TYPE_CHECKING:
    from support.cli.cli_desk import Desk


def test_a_wallet_is_made_shown_backed_up_and_restored(desk: Desk) -> None:
    made = run("wallet", "init", desk.path("new"), *desk.password, "--json")
    assert made.code == 0
    assert "write the backup words down" in made.stderr
    words = run("wallet", "words", desk.path("new"), *desk.password, "--json").json["words"]
    assert len(words) == 24
    desk.path("words").write_text(" ".join(words))
    again = run(
        "wallet", "init", desk.path("again"), "--restore-from", desk.path("words"),
        *desk.password, "--json",
    )  # fmt: skip
    assert again.json["address"] == made.json["address"]


@pytest.mark.slow
def test_a_password_file_from_windows_is_what_its_owner_types_later(desk: Desk) -> None:
    windows, typed = desk.path("password.txt"), desk.path("typed.txt")
    windows.write_bytes(b"\xef\xbb\xbfcorrect horse battery\r\n")
    typed.write_bytes(b"correct horse battery\n")
    made = run("wallet", "init", desk.path("new"), "--password-file", windows)
    assert made.code == 0
    for file in (windows, typed):
        assert run("wallet", "show", desk.path("new"), "--password-file", file).code == 0
    words = run("wallet", "words", desk.path("new"), "--password-file", typed, "--json").json
    desk.path("words").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(words["words"]).encode())
    again = run(
        "wallet", "init", desk.path("again"), "--restore-from", desk.path("words"),
        "--password-file", typed,
    )  # fmt: skip
    assert again.code == 0


def test_a_wallet_is_copied_and_both_are_whole(desk: Desk) -> None:
    copy = desk.path("copy")
    made = run("wallet", "backup", desk.path("wallet"), copy, *desk.password, "--json")
    assert made.code == 0
    assert made.json["records"] >= 2
    assert copy.stat().st_mode & 0o777 == 0o600
    for file in (desk.path("wallet"), copy):
        checked = run("wallet", "verify", file, *desk.password, "--json")
        assert checked.json["records"] == made.json["records"]
    before = copy.read_bytes()
    assert run("wallet", "backup", desk.path("wallet"), copy, *desk.password).code == 2
    assert copy.read_bytes() == before


def test_a_wallet_with_a_changed_record_does_not_verify(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.path("wallet"), isolation_level=None)) as raw:
        raw.execute("UPDATE records SET box = zeroblob(64) WHERE kind = 'credential'")
        assert raw.execute("SELECT changes()").fetchone()[0] > 0
    assert run("wallet", "verify", desk.path("wallet"), *desk.password).code == 1


def test_show_lists_credentials_and_proofs(shared_desk: Desk) -> None:
    shown = run("wallet", "show", shared_desk.path("wallet"), *shared_desk.password, "--json")
    assert shown.json["credentials"] == [shared_desk.credential]
    assert shown.json["proofs_shown"] == 1
    logged = run("wallet", "log", shared_desk.path("wallet"), *shared_desk.password, "--json")
    assert logged.json["proofs"][0]["context"] == str(shared_desk.request.context)


def test_text_output_is_for_people(shared_desk: Desk) -> None:
    shown = run("wallet", "show", shared_desk.path("wallet"), *shared_desk.password)
    assert shared_desk.credential in shown.out
    assert run("wallet", "log", shared_desk.path("wallet"), *shared_desk.password).code == 0


def test_the_card_is_the_one_that_issuers_need(shared_desk: Desk) -> None:
    printed = run("wallet", "card", shared_desk.path("wallet"), *shared_desk.password)
    assert printed.out.strip() == shared_desk.path("card.json").read_text()


def test_receiving_twice_keeps_one_credential(desk: Desk) -> None:
    command = ("credential", "receive", desk.path("wallet"), desk.path("envelope.json"))
    received = run(*command, *desk.password, "--json")
    assert received.json["credential"] == desk.credential
    listed = run("credential", "list", desk.path("wallet"), *desk.password, "--json")
    assert [entry["credential"] for entry in listed.json["credentials"]] == [desk.credential]


def test_one_credential_is_shown_with_its_attributes(shared_desk: Desk) -> None:
    shown = run(
        "credential", "show", shared_desk.path("wallet"), shared_desk.credential,
        *shared_desk.password, "--json",
    )  # fmt: skip
    assert shown.json["credentialSubject"]["score"] == 700


def test_a_removed_credential_is_gone(desk: Desk) -> None:
    command = ("credential", "remove", desk.path("wallet"), desk.credential, *desk.password)
    assert run(*command).code == 0
    assert run(*command).code == 2


@pytest.mark.parametrize("command", ["show", "card", "words", "log"])
def test_a_wrong_password_exits_with_7(shared_desk: Desk, command: str) -> None:
    refused = run("wallet", command, shared_desk.path("wallet"), *shared_desk.wrong)
    assert (refused.code, refused.out) == (7, "")
    assert refused.err.startswith("WrongPassword: ")


@pytest.mark.parametrize("command", ["show", "card", "words", "log"])
def test_a_missing_wallet_exits_with_2(shared_desk: Desk, command: str) -> None:
    assert run("wallet", command, shared_desk.path("none"), *shared_desk.password).code == 2


def test_a_file_that_is_no_wallet_exits_with_1(shared_desk: Desk) -> None:
    refused = run("wallet", "show", shared_desk.path("card.json"), *shared_desk.password)
    assert refused.code == 1
    assert refused.err.startswith("DamagedFile: ")


def test_an_existing_wallet_is_never_overwritten(desk: Desk) -> None:
    before = desk.path("wallet").read_bytes()
    assert run("wallet", "init", desk.path("wallet"), *desk.password).code == 2
    assert desk.path("wallet").read_bytes() == before


@pytest.mark.parametrize("words", ["zoo " * 24, "", "\xff"])
def test_wrong_backup_words_are_refused_and_not_repeated(desk: Desk, words: str) -> None:
    desk.path("words").write_bytes(words.encode("latin-1"))
    refused = run(
        "wallet", "init", desk.path("new"), "--restore-from", desk.path("words"), *desk.password
    )
    assert refused.code == 2
    assert "zoo" not in refused.stderr
    assert not desk.path("new").exists()


def test_without_a_password_source_nothing_is_asked_of_a_pipe(shared_desk: Desk) -> None:
    refused = run("wallet", "show", shared_desk.path("wallet"), data="correct horse\n")
    assert refused.code == 2
    assert "--password-file" in refused.err


def test_a_password_is_never_an_argument(shared_desk: Desk) -> None:
    assert run("wallet", "show", shared_desk.path("wallet"), "--password", "x").code == 2


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"type": "zkcredit/envelope/1"}'])
def test_a_malformed_envelope_exits_with_2(desk: Desk, content: str) -> None:
    desk.path("bad.json").write_text(content)
    refused = run(
        "credential", "receive", desk.path("wallet"), desk.path("bad.json"), *desk.password
    )
    assert refused.code == 2
    assert refused.err.startswith("MalformedFile: ")


@pytest.mark.slow
def test_an_envelope_for_another_wallet_is_refused(desk: Desk) -> None:
    run("wallet", "init", desk.path("other"), *desk.password)
    refused = run(
        "credential", "receive", desk.path("other"), desk.path("envelope.json"), *desk.password
    )
    assert refused.code == 1
    assert refused.err.startswith("CredentialError: ")


def test_an_unknown_credential_is_refused(shared_desk: Desk) -> None:
    refused = run("credential", "show", shared_desk.path("wallet"), "00" * 8, *shared_desk.password)
    assert refused.code == 2


def test_errors_are_json_too_when_asked_for(shared_desk: Desk) -> None:
    import json

    refused = run("wallet", "show", shared_desk.path("wallet"), *shared_desk.wrong, "--json")
    assert json.loads(refused.err) == {
        "error": "WrongPassword",
        "message": "the password does not open this file",
        "exit_code": 7,
    }
