"""Witnesses of circom circuits by the circuits' own programs, and proofs from them.

circom writes two files for a circuit: constraints (``.r1cs``) and a WebAssembly program that
computes a witness from the inputs (``.wasm``). Published circuits usually come as such a program
and a proving key::

    proof, public = full_prove({"a": 3, "b": [4, 5]}, "circuit.wasm", "circuit.zkey")

The program runs in wasmtime, from the extra ``zkcredit[circom]``. It gets no files, no network and
no clock, and its memory and its time are bounded. Its witness is not trusted: a proof is verified
before it is returned. For chains, ``solidity_verifier`` writes a contract that verifies proofs.

Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.circom.fullprove import full_prove
    from zkcredit.circom.program import CircomProgram
    from zkcredit.circom.signals import read_signals
    from zkcredit.circom.solidity import solidity_verifier

__all__ = ["CircomProgram", "full_prove", "read_signals", "solidity_verifier"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CircomProgram": "program",
        "full_prove": "fullprove",
        "read_signals": "signals",
        "solidity_verifier": "solidity",
    },
)
