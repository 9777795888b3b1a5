"""What forge prints is read, however slow the machine is that it ran on."""

from __future__ import annotations

from subprocess import CompletedProcess

import pytest
from support.contracts.forge_output import suites

PROGRESS = '{"timestamp":1,"invariant":"invariantA","metrics":{"corpus_count":3}}\n'
ANSWER = '{"test/A.t.sol:ATest":{"duration":"1s","test_results":{"testA()":{}}}}\n'


def printed(text: str) -> CompletedProcess[str]:
    return CompletedProcess(["forge"], 0, text, "no compiler")


@pytest.mark.parametrize("lines", range(3))
def test_the_answer_is_the_last_line(lines: int) -> None:
    assert list(suites(printed(PROGRESS * lines + ANSWER))) == ["test/A.t.sol:ATest"]


def test_nothing_that_was_run_is_an_answer() -> None:
    assert suites(printed("{}\n")) == {}


@pytest.mark.parametrize("text", ["", "Error: solc\n", "{}\nError: solc\n"])
def test_other_words_are_told(text: str) -> None:
    with pytest.raises(AssertionError, match="no compiler"):
        suites(printed(text))


def test_progress_is_no_answer() -> None:
    with pytest.raises(AssertionError, match="corpus_count"):
        suites(printed(ANSWER + PROGRESS))
