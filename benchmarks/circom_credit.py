"""The circom circuit that all provers prove, with inputs, witness and key, in a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zkcredit.formats import r1cs
from zkcredit.gadgets.eddsa import SigningKey, public_key, sign
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.groth16 import dev_setup, save_proving_key

if TYPE_CHECKING:
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["ROOT", "CircomCredit", "inputs"]

ROOT: Final = Path(__file__).resolve().parents[1]

_REGISTRY_DEPTH: Final = 6
_REVOCATION_DEPTH: Final = 16


@dataclass(frozen=True)
class CircomCredit:
    """The files of ``circuits/credit.circom`` in a folder; missing ones are made."""

    folder: Path

    @property
    def zkey(self) -> Path:
        """The key of our dev setup."""
        return self.folder / "credit.zkey"

    @property
    def witness(self) -> Path:
        """What the circuit's own program computes of the inputs."""
        return self.folder / "credit.wtns"

    @cached_property
    def system(self) -> ConstraintSystem:
        """The constraints."""
        return r1cs.loads((self.folder / "credit.r1cs").read_bytes())

    def prepare(self) -> CircomCredit:
        """Compile, compute the witness and make the key: half a minute the first time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        source = ROOT / "benchmarks" / "circuits" / "credit.circom"
        copied = self.folder / source.name
        if not self.zkey.exists() or copied.read_bytes() != source.read_bytes():
            shutil.copy(source, copied)
            self._compile()
            save_proving_key(self.zkey, dev_setup(self.system))
        return self

    def _compile(self) -> None:
        # The compiler is a sandboxed program that sees this folder alone.
        library = ROOT / "node_modules" / "circomlib" / "circuits"
        shutil.copytree(library, self.folder / "circomlib", dirs_exist_ok=True)
        self.run("circom2", "credit.circom", "--r1cs", "--wasm", "--sym", "--O2", "-l", "circomlib")
        text = json.dumps(inputs(), default=str)
        (self.folder / "input.json").write_text(text)
        program = "credit_js/credit.wasm"
        self.run("snarkjs", "wtns", "calculate", program, "input.json", self.witness.name)

    def run(self, tool: str, *arguments: str) -> str:
        """Run an npm tool in the folder; what it printed."""
        path = str(ROOT / "node_modules" / ".bin" / tool)
        done = subprocess.run(
            [path, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout


def inputs() -> dict[str, str | list[str]]:
    """Return a borrower who meets the policy."""
    key = SigningKey(b"\x05" * 32)
    issuer = public_key(key)
    secret, scope, revocation_id = 987_654_321, 2**246 + 77, 70_000
    score, income, expenses, debt, expires_at = 700, 300_000, 120_000, 30_000, 1_900_000_000
    signature = sign(
        key,
        poseidon([poseidon([secret]), score, income, expenses, debt, expires_at, revocation_id]),
    )
    gap = (69_000, 71_000)
    revocation_root, *revocation = _branch(poseidon(gap), _REVOCATION_DEPTH, 5)
    leaf = poseidon([issuer.x, issuer.y, revocation_root])
    registry_root, *registry = _branch(leaf, _REGISTRY_DEPTH, 9)
    numbers: dict[str, int | list[int]] = {
        "minScore": 600,
        "instalment": 25_000,
        "coverageBps": 20_000,
        "now": 1_800_000_000,
        "registryRoot": registry_root,
        "scope": scope,
        "context": 2**247 + 11,
        "nullifier": poseidon([secret, scope]),
        "secret": secret,
        "score": score,
        "income": income,
        "expenses": expenses,
        "debtService": debt,
        "expiresAt": expires_at,
        "revocationId": revocation_id,
        "issuerX": issuer.x,
        "issuerY": issuer.y,
        "r8x": signature.r8.x,
        "r8y": signature.r8.y,
        "s": signature.s,
        "registrySiblings": registry[:_REGISTRY_DEPTH],
        "registrySides": registry[_REGISTRY_DEPTH:],
        "gapLow": gap[0],
        "gapHigh": gap[1],
        "revocationSiblings": revocation[:_REVOCATION_DEPTH],
        "revocationSides": revocation[_REVOCATION_DEPTH:],
    }
    return {k: list(map(str, v)) if isinstance(v, list) else str(v) for k, v in numbers.items()}


def _branch(leaf: int, depth: int, place: int) -> list[int]:
    """Return the root, the siblings and the sides of a leaf in an otherwise made-up tree."""
    siblings = [poseidon([level, place]) for level in range(depth)]
    sides = [place >> level & 1 for level in range(depth)]
    for sibling, side in zip(siblings, sides, strict=True):
        leaf = poseidon([sibling, leaf] if side else [leaf, sibling])
    return [leaf, *siblings, *sides]
