"""``issuer issue --csv``: a line for each row, what is wrong by line and column, each row once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run
from support.cli.table_rounds import NAMES, issue_table, killed_everywhere, make_table
from support.protocol.nouns import PASSWORD, card, seed

from zkcredit.envelope import Envelope
from zkcredit.issuer import Issuer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_table(tmp_path)
    return tmp_path


def issued(folder: Path) -> int:
    with Issuer.open(folder / "issuer", PASSWORD) as issuer:
        return len(issuer.issued())


def test_each_row_is_told_on_a_line(folder: Path) -> None:
    ran = issue_table(folder)
    lines = ran.out.splitlines()
    assert ran.code == 2
    assert lines[1] == (
        "line 3, column score: InvalidInput: score must be a whole number, written in digits alone"
    )
    for line, number in ((lines[0], 2), (lines[2], 4), (lines[3], 5)):
        assert line.startswith(f"line {number}: issued: {folder / 'out'}")
    assert lines[4] == "3 issued, 0 issued before, 1 refused"
    assert "1 of 4 rows were refused" in ran.err
    assert "\r" not in ran.stderr + ran.out  # no bar without a terminal


def test_a_repaired_row_is_issued_when_the_command_runs_again(folder: Path) -> None:
    first = issue_table(folder, "--json").json
    table = folder / "orders.csv"
    table.write_text(table.read_text().replace("1.json,x,", "0.json,655,"))
    (folder / "0.json").write_text(card(9).to_json())
    again = issue_table(folder, "--json")
    assert again.code == 0, again.stderr
    assert {name: again.json[name] for name in ("issued", "issued_before", "refused")} == {
        "issued": 1, "issued_before": 3, "refused": 0,
    }  # fmt: skip
    before = [row["revocation_id"] for row in first["rows"] if "revocation_id" in row]
    after = [row["revocation_id"] for row in again.json["rows"]]
    assert [after[0], *after[2:]] == before
    text = (folder / "out" / f"{after[1]}.json").read_text()
    opened = Envelope.from_json(text).open(seed(9).envelope_key, card(9).holder)
    assert opened.record.values()[0] == 655


def test_an_envelope_that_was_lost_is_made_again(folder: Path) -> None:
    rows = issue_table(folder, "--json").json["rows"]
    lost = folder / "out" / f"{rows[0]['revocation_id']}.json"
    lost.unlink()
    issue_table(folder)
    assert Envelope.from_json(lost.read_text()).open(seed(1).envelope_key, card(1).holder)
    assert issued(folder) == 3


def test_a_batch_of_another_name_is_issued_anew(folder: Path) -> None:
    issue_table(folder)
    assert issue_table(folder, "--batch", "winter", "--json").json["issued"] == 3
    assert issue_table(folder, "--batch", "orders.csv", "--json").json["issued_before"] == 3
    assert issued(folder) == 6


def test_a_person_with_two_holders_is_refused_and_the_others_go_on(folder: Path) -> None:
    table = folder / "orders.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join([*rows[:2], rows[1].replace("1.json", "2.json"), rows[3]]) + "\n")
    ran = issue_table(folder, "--json")
    assert [row["outcome"] for row in ran.json["rows"]] == ["issued", "refused", "issued"]
    assert ran.json["rows"][1]["error"] == "CredentialError"
    assert "another holder" in ran.json["rows"][1]["message"]
    assert ran.code == 2
    assert json.loads(ran.err)["file"] == str(table)


def test_cards_are_found_from_the_table_and_named_if_they_are_wrong(folder: Path) -> None:
    (folder / "2.json").write_text("{}")
    (folder / "3.json").unlink()
    rows = issue_table(folder, "--json").json["rows"]
    assert [row["outcome"] for row in rows] == ["issued", "refused", "refused", "refused"]
    assert [row.get("column") for row in rows] == [None, "score", "card", "card"]
    assert rows[2]["file"] == str(folder / "2.json")


@pytest.mark.parametrize(
    ("old", "new"),
    [(NAMES, NAMES.replace("card", "cards")), (NAMES, ""), ("36,978", '36,"978')],
)
def test_a_table_that_cannot_be_read_issues_nothing(folder: Path, old: str, new: str) -> None:
    table = folder / "orders.csv"
    table.write_text(table.read_text().replace(old, new))
    ran = issue_table(folder, "--json")
    assert ran.code == 2
    told = json.loads(ran.err)
    assert (told["error"], told["file"]) == ("MalformedFile", str(table))
    assert told["line"] >= 1
    assert not (folder / "out").exists()
    assert issued(folder) == 0


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("{f}/1.json",),
        ("--person", "one"),
        ("{f}/1.json", "--person", "one"),
        ("--person", "one", "--to", "{f}/1.json"),
        ("--csv", "{f}/orders.csv", "--person", "one"),
        ("--csv", "{f}/orders.csv", "--to", "{f}/1.json"),
        ("{f}/1.json", "--csv", "{f}/orders.csv"),
        ("{f}/1.json", "--person", "one", "--to", "{f}/1.json", "--batch", "b"),
        ("--csv", "{f}/missing.csv"),
        ("--csv", "{f}/orders.csv", "--model", "bundled"),
        ("--csv", "{f}/orders.csv", "--batch", " "),
    ],
)
def test_what_does_not_fit_together_is_refused(folder: Path, given: tuple[str, ...]) -> None:
    words = [word.format(f=folder) for word in given]
    ran = run(
        "issuer", "issue", folder / "issuer", *words, "--out", folder / "new",
        "--password-file", folder / "password", "--json",
    )  # fmt: skip
    assert ran.code == 2, ran.stderr
    assert json.loads(ran.err)["error"] == "InvalidInput"
    assert issued(folder) == 0


def test_a_file_in_the_place_of_the_folder_is_kept(folder: Path) -> None:
    (folder / "out").write_text("precious")
    assert issue_table(folder).code == 2
    assert (folder / "out").read_text() == "precious"
    assert issued(folder) == 0


def test_a_wrong_password_issues_nothing(folder: Path) -> None:
    (folder / "password").write_text("another horse\n")
    assert issue_table(folder).code == 7
    assert issued(folder) == 0


def test_at_a_terminal_a_bar_shows_how_far_it_is(folder: Path) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable, "-m", "zkcredit.cli", "issuer", "issue", str(folder / "issuer"), "--csv",
        str(folder / "orders.csv"), "--out", str(folder / "out"), "--password-file",
        str(folder / "password"),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the other end is closed
            pass
        finally:
            os.close(ours)
        out = process.stdout.read() if process.stdout else ""
    assert b"issuing" in shown
    assert process.returncode == 2
    assert len(out.splitlines()) == 5  # the results are not among the bar
    assert "\x1b" not in out


@pytest.mark.slow
def test_a_table_whose_command_is_killed_is_issued_once_when_it_is_run_again() -> None:
    """`make long PART=kills-table` leaves out no call."""
    assert killed_everywhere(5, 61) >= 5
