"""The audit of every statement: wires proved, chosen and free, and what changes go unnoticed.

Every wire of every worked example is changed alone, to every other value at once
(``zkcredit.audit.mutation``). Nothing is timed.
"""

from __future__ import annotations

from typing import Any

import measure

from zkcredit.audit import CircuitReport, audit_statement
from zkcredit.circuits import circuit_names

__all__ = ["figures"]


def figures(report: CircuitReport) -> dict[str, Any]:
    """Return the report in numbers."""
    return {
        "constraints": report.constraints,
        "wires": report.wires,
        "inputs": report.inputs,
        "proved": report.proved,
        "idle_hints": report.idle,
        "chosen": report.chosen,
        "annotations": len(report.annotations),
        "unproved": report.unproved,
        "repeated_constraints": len(report.repeated),
        "witnesses": report.mutation.witnesses,
        "wires_changed": report.mutation.wires,
        "unnoticed_in_idle_hints": report.mutation.idle,
        "unnoticed_elsewhere": len(report.mutation.unexplained),
        "findings": len(report.findings),
    }


def main() -> None:
    """Audit all statements and print the figures."""
    options = measure.arguments(__doc__)
    results = {name: figures(audit_statement(name)) for name in circuit_names()}
    measure.report("what the audit says about the statements", results, options.json)


if __name__ == "__main__":
    main()
