"""Compiled circuits on disk, so that a command need not build them again.

A file is 32 bytes of fingerprint (of the sources of a circuit), the sha256 of the rest, and the
rest: a NumPy archive without pickles. If a file does not match to the last bit, the circuit is
built again. A cache that cannot be written is not an error. Keys are bound to the digest of their
circuit, so a forged cache can only make proving fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zkcredit._internal.cache import cache_folder
from zkcredit._internal.files import read_limited, write_atomic
from zkcredit.errors import InvalidInput, MachineError
from zkcredit.r1cs import Circuit, ConstraintSystem, Matrix, TapeProgram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["cached_circuit", "dumps", "fingerprint", "loads"]

_SOURCES = ("bn254/*.py", "r1cs/*.py", "gadgets/*.py", "circuits/*.py", "schema.py", "units.py")
_DIGEST = 32
_MAX_BYTES = 1 << 28
_TAPE_ARRAYS = ("instructions", "terms", "constants", "wires")
_MATRIX_ARRAYS = ("indptr", "wires", "coefficients")


def cached_circuit(name: str, build: Callable[[], Circuit]) -> Circuit:
    """Return the circuit from the user's cache, or from ``build``, and then fill the cache."""
    path = cache_folder("circuits") / f"{name}.bin"
    with contextlib.suppress(InvalidInput):
        circuit = loads(read_limited(path, _MAX_BYTES))
        if circuit.name == name:
            return circuit
    circuit = build()
    with contextlib.suppress(InvalidInput, MachineError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, dumps(circuit))
    return circuit


@cache
def fingerprint() -> bytes:
    """Return the sha256 over the sources of circuits and the versions that run them."""
    package = Path(__file__).resolve().parents[1]
    total = hashlib.sha256(f"1 {platform.python_version()} {np.__version__}".encode())
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(package).as_posix()} {content}\n".encode())
    return total.digest()


def dumps(circuit: Circuit) -> bytes:
    """Encode a circuit as a cache file."""
    labels, label_of = _numbered(circuit.constraint_labels)
    sources, source_of = _numbered(circuit.constraint_sources)
    s = circuit.system
    meta = {
        "name": circuit.name,
        "n_wires": s.n_wires,
        "n_public": s.n_public,
        "n_inputs": circuit.tape.n_inputs,
        "public_names": circuit.public_names,
        "inputs": list(circuit.inputs.items()),
        "labels": labels,
        "sources": sources,
    }
    arrays = {
        "meta": np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
        "labels": label_of,
        "sources": source_of,
        **{name: getattr(circuit.tape, name) for name in _TAPE_ARRAYS},
    }
    for part, matrix in (("a", s.a), ("b", s.b), ("c", s.c)):
        for name in _MATRIX_ARRAYS:
            arrays[f"{part}_{name}"] = getattr(matrix, name)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    payload = buffer.getvalue()
    return fingerprint() + hashlib.sha256(payload).digest() + payload


def loads(data: bytes) -> Circuit:
    """Decode a cache file.

    Raises:
        InvalidInput: if the file is damaged, or belongs to other sources than these.
    """
    source, digest, payload = data[:_DIGEST], data[_DIGEST : 2 * _DIGEST], data[2 * _DIGEST :]
    if source != fingerprint() or digest != hashlib.sha256(payload).digest():
        raise InvalidInput("the cache file is damaged or belongs to another version")
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        arrays = dict(archive)
    meta = json.loads(arrays["meta"].tobytes())
    a, b, c = (Matrix(*(arrays[f"{part}_{name}"] for name in _MATRIX_ARRAYS)) for part in "abc")
    return Circuit(
        name=meta["name"],
        system=ConstraintSystem(meta["n_wires"], meta["n_public"], a, b, c),
        tape=TapeProgram(meta["n_inputs"], *(arrays[name] for name in _TAPE_ARRAYS)),
        public_names=tuple(meta["public_names"]),
        inputs=dict(meta["inputs"]),
        constraint_labels=tuple(meta["labels"][i] for i in arrays["labels"].tolist()),
        constraint_sources=tuple(meta["sources"][i] for i in arrays["sources"].tolist()),
    )


def _numbered(texts: Sequence[str]) -> tuple[list[str], NDArray[np.uint32]]:
    """Return the different texts, and for each text its place among them."""
    names = sorted(set(texts))
    index = {name: i for i, name in enumerate(names)}
    return names, np.array([index[text] for text in texts], dtype=np.uint32)
