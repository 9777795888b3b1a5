"""Which detector caught which seeded bug.

``python -m support.soundness.seeded_report``, in ``tests/``, runs them all, writes
``benchmarks/results/seeded_bugs.json`` and ``docs/explanation/seeded-bugs.md``, and exits 1 where
a bug was missed.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from support.soundness import seeded_bugs, seeded_verifier_bugs
from support.soundness.seeded_bugs import DETECTORS
from support.soundness.seeded_curve_bugs import CURVE_BUGS
from support.soundness.seeded_field_bugs import FIELD_BUGS
from support.soundness.seeded_verifier_bugs import VERIFIER_BUGS

ROOT = Path(__file__).parents[3]
RECORD = ROOT / "benchmarks" / "results" / "seeded_bugs.json"
PAGE = ROOT / "docs" / "explanation" / "seeded-bugs.md"

FAMILIES: dict[str, list[Any]] = {
    "gadgets on numbers": FIELD_BUGS,
    "gadgets on points": CURVE_BUGS,
    "verifiers and decoders": VERIFIER_BUGS,
}
COLUMNS = (*DETECTORS, "published vectors")

_HEAD = """\
<!-- Written by `python -m support.soundness.seeded_report`; do not edit. -->

# Seeded bugs

Would the tests notice a mistake? Each bug below is one small mistake, of a kind that has happened
somewhere, in a copy of a shipped gadget or verifier. All detectors compare the copy with the
original without knowing the mistake; `tests/soundness/test_seeded_bugs.py` runs them on every
change.

| detector | what it does |
|---|---|
| builder | the circuit language refuses to build it |
| determinism | `zkcredit.audit.determinism` proves fewer wires unique than in the original |
| mutation | a wire can change alone, or a prover who lies in one hint gets another output |
| negative tests | inputs that must be refused are accepted, or honest ones are not |
| small fields | over a small prime or a toy curve, trying every assignment shows another relation |
| published vectors | a test of `vectors/` has another verdict |

Over small fields, the originals are also compared with their relation on integers:
`tests/gadgets/test_small_fields.py` and `test_small_curves.py` run the shipped gadgets over primes
from 13 to 251 and over curves of 40 to 824 points with BabyJubJub's form, with all hints. They show
that the bounds in the gadgets' docstrings are needed, or are on the safe side.

Some mistakes are caught by one detector only, which is why there are several: determinism and
mutation cannot see that an assertion on inputs is missing, and honest hints cannot see an alias
mod r.
"""


def run() -> dict[str, Any]:
    """The record: family → bug → mistake and the detectors that caught it."""
    warnings.simplefilter("ignore")
    results: dict[str, Any] = {}
    for family, bugs in FAMILIES.items():
        module: Any = seeded_verifier_bugs if bugs is VERIFIER_BUGS else seeded_bugs
        results[family] = {
            bug.name: {"mistake": bug.mistake, "caught_by": module.caught_by(bug)} for bug in bugs
        }
    every = [bug for bugs in results.values() for bug in bugs.values()]
    caught = sum(bool(bug["caught_by"]) for bug in every)
    return {
        "claim": "every seeded bug is caught",
        "seeded": len(every),
        "caught": caught,
        "results": results,
    }


def page(record: dict[str, Any]) -> str:
    """The page of a record."""
    lines = [_HEAD, f"\n{record['caught']} of {record['seeded']} are caught.\n"]
    for family, bugs in record["results"].items():
        columns = [c for c in COLUMNS if any(c in bug["caught_by"] for bug in bugs.values())]
        lines.append(f"\n## {family.capitalize()}\n")
        lines.append(f"\n| bug | mistake | {' | '.join(columns)} |\n")
        lines.append("|---|---|" + ":-:|" * len(columns) + "\n")
        for name, bug in bugs.items():
            marks = ("✓" if column in bug["caught_by"] else "" for column in columns)
            lines.append(f"| `{name}` | {bug['mistake']} | {' | '.join(marks)} |\n")
    return "".join(lines)


def main() -> int:
    """Run, write, and say whether all were caught."""
    record = run()
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(record), encoding="utf-8")
    return 0 if record["caught"] == record["seeded"] else 1


if __name__ == "__main__":
    sys.exit(main())
