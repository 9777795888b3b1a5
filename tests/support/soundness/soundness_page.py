"""The figures of `docs/explanation/soundness.md`, made of the committed results.

``python -m support.soundness.soundness_page``, in ``tests/``, writes them into the page,
between its marks.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from zkcredit.audit import ANNOTATIONS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "explanation" / "soundness.md"


def results(name: str) -> dict[str, Any]:
    """The results of a recorded run."""
    text = (ROOT / "benchmarks" / "results" / f"{name}.json").read_text()
    found: dict[str, Any] = json.loads(text)["results"]
    return found


def table(titles: list[str], rows: list[list[object]]) -> str:
    """A table in Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def statements() -> str:
    """The audit of the statements."""
    titles = ["statement", "constraints", "wires", "inputs", "proved", "chosen", "idle hints",
              "not proved", "wires changed", "unnoticed: idle hints / others"]  # fmt: skip
    rows: list[list[object]] = [
        [f"`{name}`", r["constraints"], r["wires"], r["inputs"], r["proved"], r["chosen"],
         r["idle_hints"], r["unproved"], r["wires_changed"],
         f"{r['unnoticed_in_idle_hints']} / {r['unnoticed_elsewhere']}"]
        for name, r in results("statement-audit").items()
    ]  # fmt: skip
    return table(titles, rows)


def annotations() -> str:
    """What the analysis is told."""
    rows: list[list[object]] = [[f"`{a.gadget}`", a.reason, f"`{a.test}`"] for a in ANNOTATIONS]
    return table(["gadget", "why a choice forges nothing", "test"], rows)


def mutants() -> str:
    """The mutation of constraints."""

    def counts(found: dict[str, int]) -> str:
        return ", ".join(f"{count} {who}" for who, count in sorted(found.items())) or "–"

    rows: list[list[object]] = [
        [name, r["constraints"], r["mutants"], f"{r['caught_percent']:g} %",
         counts(r["deleted"]), counts(r["perturbed"])]
        for name, r in results("constraint-mutation").items()
    ]  # fmt: skip
    titles = ["gadget", "constraints", "mutants", "caught", "deletions noticed by",
              "perturbations noticed by"]  # fmt: skip
    return table(titles, rows)


def circom() -> str:
    """The audit of circom circuits."""
    rows: list[list[object]] = [
        [f"`{name}`", r["known"], r["why"], r["O0"]["verdict"], r["O2"]["verdict"]]
        for name, r in results("circom-audit").items()
    ]
    titles = ["circuit", "known to be", "why", "audit of `--O0`", "audit of `--O2`"]
    return table(titles, sorted(rows, key=lambda row: (row[1], row[0])))


def circom_random() -> str:
    """The audit of circom circuits with random witnesses, by library and by what is known."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for found in results("circom-random").values():
        groups.setdefault((found["library"], found["known"]), []).append(found)
    verdicts = ("clean", "not proved", "free wires")
    rows: list[list[object]] = [
        [*names, len(found), *(sum(one.get(verdict, 0) for one in found) for verdict in verdicts)]
        for names, found in sorted(groups.items())
    ]
    return table(["circuits of", "known to be", "circuits", *verdicts], rows)


def circom_unproved() -> str:
    """The circuits that are sound and not proved, or that are sound on a condition."""
    rows: list[list[object]] = [
        [f"`{name}`", found["library"], found["known"], found["why"] or "–", found["constraints"]]
        for name, found in results("circom-random").items()
        if found["known"] == "conditional" or (found["known"] == "sound" and "clean" not in found)
    ]
    return table(["circuit", "of", "known to be", "condition", "constraints"], rows)


PARTS = {
    "statements": statements,
    "annotations": annotations,
    "mutants": mutants,
    "circom": circom,
    "circom-random": circom_random,
    "circom-unproved": circom_unproved,
}


def filled(page: str) -> str:
    """The page with fresh figures between its marks."""
    for name, part in PARTS.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = part()
        page, found = re.subn(
            pattern, lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page, flags=re.DOTALL
        )
        if found != 1:
            raise ValueError(f"the page has {found} places for {name}")
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text()))
