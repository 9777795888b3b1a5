"""The programs of circom among the vectors, and small hostile ones."""

from __future__ import annotations

from pathlib import Path

import wasmtime
from support.formats.snarkjs_toy import FOLDER as TOY

FOLDER = Path(__file__).parents[3] / "vectors" / "circom_programs"
TOY_WASM = TOY / "toy.wasm"
CHECKS = FOLDER / "checks.wasm"
BUS = FOLDER / "bus.wasm"
FIRST = FOLDER / "first.wasm"

CHECKS_INPUTS = {"amounts": [[1, 2, "3"], [4, 5, 6]], "rate": 2}
FIRST_INPUTS = {"x": 7, "b": [2, 4]}

_FUNCTIONS = {
    "init": "(param i32)",
    "getFieldNumLen32": "(result i32) (i32.const 8)",
    "getRawPrime": "",
    "getInputSize": "(result i32) (i32.const 0)",
    "getInputSignalSize": "(param i32 i32) (result i32) (i32.const 1)",
    "setInputSignal": "(param i32 i32 i32)",
    "getWitnessSize": "(result i32) (i32.const 1)",
    "getWitness": "(param i32)",
    "getSharedRWMemoryStart": "(result i32) (i32.const 0)",
    "readSharedRWMemory": "(param i32) (result i32) "
    "(i32.load (i32.mul (local.get 0) (i32.const 4)))",
    "writeSharedRWMemory": "(param i32 i32)",
}
"""A program with circom 2's functions, whose memory begins with r; it does nothing."""


def hostile(
    *,
    imports: str = "",
    memory: str = '(memory (export "memory") 1)',
    prime: bytes = b"",
    **functions: str | None,
) -> bytes:
    """A program of that form with other functions; None leaves one out."""
    from zkcredit.bn254.fields import R

    data = "".join(f"\\{byte:02x}" for byte in prime or R.to_bytes(32, "little"))
    parts = [
        f'(func (export "{name}") {body})'
        for name, body in {**_FUNCTIONS, **functions}.items()
        if body is not None
    ]
    segment = f'(data (i32.const 0) "{data}")' if memory else ""
    text = f"(module {imports} {memory} {segment} {' '.join(parts)})"
    return bytes(wasmtime.wat2wasm(text))
