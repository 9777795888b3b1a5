"""``issuer issue --csv`` killed before any of its calls, and run again until it ends by itself.

Then each row was issued once: no id twice, no row twice, and each credential's envelope opens.
"""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from support.cli.cli_desk import Ran, run
from support.protocol.nouns import PASSWORD, card, seed
from support.storage.tracing import killed_before

from zkcredit.envelope import Envelope
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost

__all__ = ["NAMES", "ROUNDS", "issue_table", "killed_everywhere", "make_table", "round_of"]

ROUNDS: Final = 40
NAMES: Final = (
    "person,card,score,monthly_income,monthly_expenses,monthly_debt_service,delinquencies_24m,"
    "history_months,currency"
)
_ROWS: Final = 3
_KILLED_AGAIN: Final = 7  # which call ends the second run, counted from the first that was killed


def make_table(folder: Path, rows: int = _ROWS, *, wrong: bool = True) -> None:
    """Write an issuer, the cards of some people, and a table with a row for each of them.

    Args:
        folder: an empty folder.
        rows: how many people there are.
        wrong: whether one more row is wrong.
    """
    Issuer.create(folder / "issuer", PASSWORD, cost=KdfCost.light_unsafe()).close()
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    lines = [NAMES]
    for number in range(1, rows + 1):
        (folder / f"{number}.json").write_text(card(number).to_json())
        lines.append(f"person {number},{number}.json,{700 + number},300000,120000,30000,1,36,978")
    if wrong:
        lines.insert(2, "person 0,1.json,x,300000,120000,30000,1,36,978")
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")


def issue_table(folder: Path, *more: object) -> Ran:
    """Run the command on what ``make_table`` made."""
    return run(
        "issuer", "issue", folder / "issuer", "--csv", folder / "orders.csv", "--out",
        folder / "out", "--password-file", folder / "password", *more,
    )  # fmt: skip


def round_of(number: int) -> dict[str, int]:
    """Kill the command before every 40th call, from another one on."""
    return {"kills": killed_everywhere(number, ROUNDS)}


def killed_everywhere(first: int, stride: int) -> int:
    """Kill the command before calls from the first on, and each time once more when it runs again.

    Returns:
        How often it was killed.

    Raises:
        AssertionError: if a row was issued twice or not at all.
    """
    kills, at = 0, first + 1
    with TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept, folder = Path(place) / "kept", Path(place) / "folder"
        kept.mkdir()
        make_table(kept)
        while True:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(kept, folder)
            killed = [_killed(folder, at), _killed(folder, at + _KILLED_AGAIN)]
            kills += sum(killed)
            _require_each_once(folder)
            if not killed[0]:
                return kills
            at += stride


def _killed(folder: Path, at: int) -> bool:
    ended = killed_before(lambda: issue_table(folder, "--json").code, at)
    assert ended.code in (None, 2), f"it exits with {ended.code} by itself"  # a row is wrong
    return ended.code is None


def _require_each_once(folder: Path) -> None:
    told = issue_table(folder, "--json")
    assert told.code == 2, told.stderr
    rows = told.json["rows"]
    assert [row["outcome"] == "refused" for row in rows] == [False, True, False, False]
    given = {row["line"]: row["revocation_id"] for row in rows if "revocation_id" in row}
    assert len(set(given.values())) == _ROWS, "an id was given twice"
    with Issuer.open(folder / "issuer", PASSWORD) as issuer:
        issued = issuer.issued()
        tags = {issuer.person_tag(f"person {number}") for number in range(1, _ROWS + 1)}
        assert len(issued) == _ROWS, "a row was issued twice"
        assert {entry.person_tag for entry in issued} == tags
        assert {entry.revocation_id for entry in issued} == set(given.values())
    # a kill may leave a hidden part of a file, which has no name of its own yet
    names = sorted(path.name for path in (folder / "out").glob("*.json"))
    assert names == sorted(f"{one}.json" for one in given.values()), f"files: {names}"
    for number, (line, revocation_id) in enumerate(sorted(given.items()), 1):
        text = (folder / "out" / f"{revocation_id}.json").read_text()
        opened = Envelope.from_json(text).open(seed(number).envelope_key, card(number).holder)
        assert opened.revocation_id == revocation_id
        assert opened.record.values()[0] == 700 + number, f"line {line} has another's envelope"
    left = json.loads(issue_table(folder, "--json").out)
    assert [row["outcome"] for row in left["rows"]].count("issued before") == _ROWS
