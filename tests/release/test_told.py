"""A long command is never silent, keeps its log, and fails with its own exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support.scripts import script

if TYPE_CHECKING:
    from pathlib import Path

TOLD = script("release/told.py")
STEPS = r"\[\d+/\d+\] .*"


def run(log: Path, program: str, pattern: str = STEPS) -> int:
    code: int = TOLD.main(str(log), pattern, sys.executable, "-c", program)
    return code


def test_only_what_is_wanted_is_printed_and_all_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    assert run(log, "print('[1/2] one'); print('noise'); print('x [2/2] two')") == 0
    assert capsys.readouterr().out == "[1/2] one\n[2/2] two\n"
    assert log.read_text() == "[1/2] one\nnoise\nx [2/2] two\n"


def test_a_silent_command_is_said_to_be_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "release"
    said: list[str] = []

    def noted(line: str, **_: object) -> None:
        said.append(line)
        release.touch()  # the command waits for this, however long that takes

    monkeypatch.setattr(TOLD, "PATIENCE", 0.01)
    monkeypatch.setattr(TOLD, "print", noted, raising=False)
    waits = f"import os, time\nwhile not os.path.exists({str(release)!r}): time.sleep(0.01)"
    assert run(tmp_path / "log", waits) == 0
    assert said
    assert said[0].startswith("... ")
    assert said[0].endswith(" s")


def test_a_failure_keeps_its_code_and_shows_the_end_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "import sys\nfor i in range(100): print('line', i, file=sys.stderr)\n"
    assert run(tmp_path / "log", f"{program}sys.exit(7)") == 7
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == TOLD.END
    assert "line 99" in shown.err
    assert "line 1\n" not in shown.err


def test_bytes_that_are_not_text_do_not_stop_it(tmp_path: Path) -> None:
    program = r"import sys; sys.stdout.buffer.write(b'[1/1] \xff\n')"
    assert run(tmp_path / "log", program) == 0


def test_a_command_that_does_not_exist_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TOLD.main(str(tmp_path / "log"), STEPS, "/nowhere/command")
