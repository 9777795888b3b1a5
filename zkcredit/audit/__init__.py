"""Soundness that anybody can check: which wires a circuit leaves free, and which keys are unsafe.

``audit_statement(name)`` audits one of the library's statements, ``audit_circuit(circuit)`` one
written in the circuit language, ``audit_system(system, given=...)`` the constraints of any
``.r1cs``, and ``audit_proving_key`` and ``audit_verifying_key`` the keys of any Groth16 tool. A
report lists findings; if it lists nothing, it is clean. The command ``zkcredit audit`` does the
same.

An audit takes the inputs as given, so it cannot see that an assertion is missing altogether.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.audit.annotations import ANNOTATIONS, Annotation
    from zkcredit.audit.circuits import audit_circuit, audit_statement, audit_system
    from zkcredit.audit.keys import audit_proving_key, audit_verifying_key
    from zkcredit.audit.names import WireNames, read_symbols
    from zkcredit.audit.report import CircuitReport, Finding, KeyReport

__all__ = [
    "ANNOTATIONS",
    "Annotation",
    "CircuitReport",
    "Finding",
    "KeyReport",
    "WireNames",
    "audit_circuit",
    "audit_proving_key",
    "audit_statement",
    "audit_system",
    "audit_verifying_key",
    "read_symbols",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ANNOTATIONS": "annotations",
        "Annotation": "annotations",
        "CircuitReport": "report",
        "Finding": "report",
        "KeyReport": "report",
        "WireNames": "names",
        "audit_circuit": "circuits",
        "audit_proving_key": "keys",
        "audit_statement": "circuits",
        "audit_system": "circuits",
        "audit_verifying_key": "keys",
        "read_symbols": "names",
    },
)
