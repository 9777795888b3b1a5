"""The statements, one file each, and the catalogue that compiles them by name."""

from __future__ import annotations

from zkcredit.circuits.catalogue import circuit_names, get_circuit

__all__ = ["circuit_names", "get_circuit"]
