"""Writes the published vectors: ``python -m support.published.vector_files``, in ``tests/``.

The same bytes every time: whatever is "random" is a hash of a label. Which cases there are, and
what is expected, comes from the cases' construction, never from the functions under test;
tests/published/test_vectors.py runs every one against two implementations.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = Path(__file__).parents[3] / "vectors"
VERSION = "1"


class Group:
    """Tests of one kind that share fields, such as a key."""

    def __init__(self, kind: str, **shared: Any) -> None:
        self.kind = kind
        self.shared = shared
        self.tests: list[dict[str, Any]] = []
        self._bodies: set[str] = set()

    def add(self, comment: str, *flags: str, valid: bool, **fields: Any) -> None:
        """One test, unless there is one like it. An invalid one has flags, which say why."""
        assert valid or flags, comment
        body = json.dumps(fields)
        if body not in self._bodies:
            self._bodies.add(body)
            result = "valid" if valid else "invalid"
            test = {"comment": comment, "flags": list(flags), **fields, "result": result}
            self.tests.append(test)


def number(label: str, below: int) -> int:
    """A number that looks random and is a function of its label; below 2^512."""
    return int.from_bytes(hashlib.sha512(f"zkcredit/vectors/{label}".encode()).digest()) % below


def document(
    algorithm: str, schema: str, header: str, notes: dict[str, str], groups: Iterable[Group]
) -> str:
    """The text of a file: one test a line."""
    groups = list(groups)
    used = {flag for group in groups for test in group.tests for flag in test["flags"]}
    assert used == notes.keys(), used ^ notes.keys()
    head = {
        "algorithm": algorithm,
        "schema": schema,
        "generatorVersion": VERSION,
        "numberOfTests": sum(len(group.tests) for group in groups),
        "header": header,
        "notes": notes,
    }
    lines, number_of_test = [], 0
    for group in groups:
        tests = []
        for test in group.tests:
            number_of_test += 1
            tests.append(json.dumps({"tcId": number_of_test, **test}))
        shared = json.dumps({"type": group.kind, **group.shared})[:-1]
        lines.append(shared + ', "tests": [\n' + ",\n".join(tests) + "\n]}")
    return json.dumps(head, indent=1)[:-2] + ',\n "testGroups": [\n' + ",\n".join(lines) + "\n]}\n"


def files() -> dict[str, Callable[[], str]]:
    """File name → what makes its text."""
    from support.published import (
        vectors_babyjub,
        vectors_bn254,
        vectors_groth16,
        vectors_groth16_keys,
    )

    return {
        "bn254_g1.json": vectors_bn254.g1,
        "bn254_g2.json": vectors_bn254.g2,
        "babyjubjub.json": vectors_babyjub.points,
        "poseidon_bn254.json": vectors_babyjub.hashes,
        "eddsa_poseidon_babyjubjub.json": vectors_babyjub.signatures,
        "groth16_bn254_keys.json": vectors_groth16_keys.keys,
        "groth16_bn254_verify.json": vectors_groth16.proofs,
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in files().items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
