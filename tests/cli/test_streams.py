"""``-`` for standard input and output, and process substitution."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import PASSWORD, Desk, run

from zkcredit.request import ProofRequest

if TYPE_CHECKING:
    from pathlib import Path


def shell(text: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, with ``zkcredit`` as the command of this tree."""
    line = f'zkcredit() {{ {shlex.quote(sys.executable)} -m zkcredit.cli "$@"; }}; {text}'
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_request_goes_through_standard_input(desk: Desk, tmp_path: Path) -> None:
    asked = desk.ask(tmp_path / "request.json").read_text()
    proved = desk.prove(tmp_path / "shown.json", "--yes", data=asked, request="-")
    assert proved.code == 0, proved.stderr
    assert desk.verify(tmp_path / "shown.json", request=tmp_path / "request.json").code == 0


def test_a_card_of_standard_output_is_a_card_alone(desk: Desk) -> None:
    told = run("wallet", "card", desk.path("wallet"), "--out", "-", *desk.password)
    assert told.code == 0
    assert told.out.strip() == desk.path("card.json").read_text()
    assert "card" in told.stderr
    as_json = run("wallet", "card", desk.path("wallet"), "--out", "-", *desk.password, "--json")
    assert json.loads(as_json.out) == json.loads(told.out)
    assert json.loads(as_json.stderr) == {"card": "-"}


def test_a_presentation_of_standard_output_verifies(desk: Desk, tmp_path: Path) -> None:
    asked = desk.ask(tmp_path / "request.json")
    told = desk.prove(tmp_path, "--yes", "--out", "-", request=asked)
    assert told.code == 0, told.stderr
    verified = run("verify", "-", "--request", asked, "--json", data=told.out)
    assert verified.code == 0, verified.stderr


def test_a_pipeline_carries_request_and_answer(desk: Desk) -> None:
    done = shell(
        "zkcredit request --verifier bank --purpose loan --policy <(echo '{\"min_score\": 600}') "
        f"--scope 1 --root {desk.root} --out - 2> told | tee request.json | "
        "zkcredit prove wallet --request - --registry registry.json --out - --yes "
        f"--password-file <(echo {PASSWORD!r}) | "
        "zkcredit verify - --request request.json",
        desk.folder,
    )
    assert (done.returncode, done.stdout) == (0, "OK\n"), done.stderr
    assert ProofRequest.from_json(desk.path("request.json").read_text()).purpose == "loan"


def test_binary_files_go_through_standard_output(tmp_path: Path) -> None:
    done = shell("zkcredit circuit export same_holder --out - > a.r1cs", tmp_path)
    assert done.returncode == 0, done.stderr
    assert shell("zkcredit circuit export same_holder --out b.r1cs", tmp_path).returncode == 0
    assert (tmp_path / "a.r1cs").read_bytes() == (tmp_path / "b.r1cs").read_bytes()
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("zkcredit registry show - < /dev/null", "standard input is empty"),
        ("zkcredit registry show - <&-", "standard input is closed"),
        ("echo nonsense | zkcredit registry show -", "line 1, column 1"),
        ("echo '{}' | zkcredit registry build - - --out x", ""),
        ("zkcredit registry show <(echo nonsense)", "line 1, column 1"),
        ("zkcredit registry show /dev/fd/77", "cannot read /dev/fd/77"),
        ("zkcredit registry show /dev/zero", "not a regular file"),
        ("zkcredit registry show .", "not a regular file"),
        ("mkfifo pipe; zkcredit registry show pipe", "not a regular file"),
        ("yes '[' | head -c 20000000 | zkcredit credential receive w -", "more than 131072 bytes"),
    ],
)
def test_what_is_not_a_document_is_refused_at_once(tmp_path: Path, line: str, said: str) -> None:
    done = shell(line, tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    main, other = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "zkcredit.cli", "registry", "show", "-"], stdin=other,
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(main)
    os.close(other)
    assert (done.returncode, "is a terminal" in done.stderr) == (2, True)


def test_a_reader_that_goes_away_ends_the_command(tmp_path: Path) -> None:
    done = shell(
        "set -o pipefail; zkcredit circuit export eligibility --out - | head -c 9", tmp_path
    )
    assert done.stdout.startswith("r1cs")
    assert "Traceback" not in done.stderr
