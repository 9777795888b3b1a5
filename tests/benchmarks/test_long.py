"""The long parts: resumed, seeded by the round, recorded, and void once their files change."""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"

sys.path.insert(0, str(BENCHMARKS))
try:
    import long
    from long_parts import Part
finally:
    sys.path.remove(str(BENCHMARKS))

HOUR = 3600.0


class Loop:
    """A part whose rounds are counted, and fail where they are told to."""

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self.bad: set[int] = set()

    def __call__(self, number: int) -> dict[str, int]:
        if number in self.bad:
            raise AssertionError("a fault")
        self.rounds.append(number)
        return {"things": 10, f"of {number % 2}": 1}


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Loop:
    loop = Loop()
    (tmp_path / "source").write_text("1")
    monkeypatch.setattr(long, "ROOT", tmp_path)
    part = Part("counts", "nowhere:loop", 5, ("source",), "")
    monkeypatch.setattr(long, "PARTS", {"loop": part, "other": replace(part, rounds=1)})
    monkeypatch.setattr(long, "loaded", lambda _: loop)
    return loop


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "long.json"


def entry(record: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.read_text())["results"]["loop"]
    return found


def test_a_part_does_its_rounds_once_and_adds_up(loop: Loop, record: Path) -> None:
    assert long.run("loop", record, HOUR)["rounds"] == 5
    assert loop.rounds == [0, 1, 2, 3, 4]
    assert entry(record)["counts"] == {"of 0": 3, "of 1": 2, "things": 50}
    (run,) = entry(record)["runs"]
    assert run.keys() == {
        "commit", "rounds", "seconds", "date", "cpu", "processors", "load", "kernel"
    }  # fmt: skip
    long.run("loop", record, HOUR)
    assert loop.rounds == [0, 1, 2, 3, 4]
    assert len(entry(record)["runs"]) == 1


def test_a_run_without_time_left_goes_on_later(
    loop: Loop, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(long.time, "monotonic", lambda: float(next(clock)))
    assert long.run("loop", record, 7)["rounds"] == 2  # three looks at the clock a round
    assert long.run("loop", record, 1000)["rounds"] == 5
    assert loop.rounds == [0, 1, 2, 3, 4]
    assert [run["rounds"] for run in entry(record)["runs"]] == [2, 3]


def test_an_interrupted_run_keeps_the_rounds_that_were_done(loop: Loop, record: Path) -> None:
    def interrupted(number: int) -> dict[str, int]:
        if number == 2:
            raise KeyboardInterrupt
        return loop(number)

    long.loaded = lambda _: interrupted
    with pytest.raises(KeyboardInterrupt):
        long.run("loop", record, HOUR)
    assert entry(record)["rounds"] == 2
    assert [path.name for path in record.parent.glob("long*")] == ["long.json"]
    long.loaded = lambda _: loop
    assert long.run("loop", record, HOUR)["counts"]["things"] == 50


def test_a_fault_is_recorded_with_its_round_and_is_tried_again(loop: Loop, record: Path) -> None:
    loop.bad = {3}
    for _ in range(2):
        found = long.run("loop", record, HOUR)
        assert found["rounds"] == 3
        assert found["fault"] == {"round": 3, "error": "AssertionError: a fault"}
    assert entry(record)["fault"]["round"] == 3
    assert "fault" in long.listed(record).splitlines()[0]
    loop.bad = set()
    assert "fault" not in long.run("loop", record, HOUR)
    assert entry(record)["rounds"] == 5
    assert "fault" not in entry(record)


def test_a_record_counts_while_its_files_are_what_they_were(
    loop: Loop, record: Path, tmp_path: Path
) -> None:
    assert "never run" in long.listed(record)
    long.run("loop", record, HOUR)
    assert long.counts(long.PARTS["loop"], entry(record))
    assert "counts" in long.listed(record)
    (tmp_path / "source").write_text("2")
    assert not long.counts(long.PARTS["loop"], entry(record))
    assert "changed" in long.listed(record)
    long.run("loop", record, HOUR)
    assert loop.rounds == [0, 1, 2, 3, 4] * 2
    assert len(entry(record)["runs"]) == 1


def test_other_parts_keep_their_entries(loop: Loop, record: Path) -> None:
    long.run("other", record, HOUR)
    long.run("loop", record, HOUR)
    assert loop.rounds == [0, 0, 1, 2, 3, 4]
    assert list(json.loads(record.read_text())["results"]) == ["loop", "other"]


def test_a_folder_counts_with_all_that_is_in_it_but_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(long, "ROOT", tmp_path)
    folder = tmp_path / "room"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "a.py").write_text("a")
    first = long.digests(("room",))
    (folder / "__pycache__" / "a.pyc").write_text("x")
    (folder / "a.so").write_text("x")
    assert long.digests(("room",)) == first
    (folder / "a.py").rename(folder / "b.py")
    assert long.digests(("room",)) != first


def test_words_of_a_python_file_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(long, "ROOT", tmp_path)

    def digest(text: str) -> dict[str, str]:
        (tmp_path / "a.py").write_text(text)
        return dict(long.digests(("a.py",)))

    first = digest('"""A."""\n\ndef f():\n    """Do."""\n    return "x"  # why\n')
    assert digest('"""B."""\ndef f():\n    """Say."""\n    return "x"\n') == first
    assert digest('"""A."""\n\ndef f():\n    """Do."""\n    return "y"  # why\n') != first


def test_the_command_ends_with_1_on_a_fault(
    loop: Loop, record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["long.py", *map(str, arguments)])
        long.main()

    call("loop", "--into", record)
    assert capsys.readouterr().out == (
        "loop: 5 of 5 rounds, {'of 0': 3, 'of 1': 2, 'things': 50}\n"
    )
    loop.bad = {0}
    with pytest.raises(SystemExit, match="round 0: AssertionError: a fault"):
        call("other", "--into", record)
    capsys.readouterr()
    call("--into", record)
    assert len(capsys.readouterr().out.splitlines()) == 2
    with pytest.raises(SystemExit):
        call("unknown")


def test_the_soak_names_the_contracts_that_it_calls_and_their_imports() -> None:
    contracts = {name for name in long.PARTS["soak"].files if name.endswith(".sol")}
    assert {
        "contracts/src/market/LoanMarket.sol",
        "contracts/src/gates/ApplicationGate.sol",
        "contracts/src/libraries/LoanWords.sol",
        "contracts/src/types/LoanId.sol",
    } < contracts
    assert "contracts/src/CreditLedger.sol" not in contracts


def test_a_part_names_the_fixtures_that_its_tests_read_and_no_others() -> None:
    read = {name for name in long.PARTS["forge-proofs"].files if name.endswith(".json")}
    assert "contracts/test/fixtures/eligibility.json" in read
    assert "contracts/test/fixtures/partial_openings.json" not in read
    assert not [n for n in long.PARTS["invariants-Consents"].files if n.endswith(".json")]


@pytest.mark.parametrize("name", long.PARTS)
def test_what_a_part_names_is_there(name: str) -> None:
    part = long.PARTS[name]
    work: Callable[[int], Any] = long.loaded(part)
    assert work.__doc__
    for file in part.files:
        assert (ROOT / file).exists(), file
    path, _, test = part.short.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    named = name.removesuffix(part.about) if part.about else name
    assert f"PART={named}" in (ROOT / path).read_text()
