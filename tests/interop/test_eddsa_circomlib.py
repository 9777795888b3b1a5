"""Our signatures under circomlibjs's verifier and inside circomlib's circuit."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.interop.snarkjs_tool import ROOT, _run, circom

from zkcredit.bn254.fields import R
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER
from zkcredit.gadgets.eddsa import Signature, SigningKey, sign

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.gadgets.babyjub import Point

pytestmark = pytest.mark.node

_VERIFY = """
const {buildEddsa} = require('circomlibjs');
(async () => {
  const eddsa = await buildEddsa(), F = eddsa.babyJub.F;
  const point = p => p.map(c => F.e(c));
  const cases = JSON.parse(require('fs').readFileSync(0));
  process.stdout.write(JSON.stringify(cases.map(c => ({
    valid: eddsa.verifyPoseidon(F.e(c.m), {R8: point(c.r8), S: BigInt(c.s)}, point(c.key)),
    key: Buffer.from(eddsa.babyJub.packPoint(point(c.key))).toString('hex'),
    signature: Buffer.from(eddsa.packSignature({R8: point(c.r8), S: BigInt(c.s)})).toString('hex'),
  }))));
})();
"""

_CIRCUIT = """pragma circom 2.0.0;
include "circomlib/eddsaposeidon.circom";
component main = EdDSAPoseidonVerifier();
"""


def signed(seed: int) -> tuple[Point, int, Signature]:
    generator = random.Random(seed)
    key, message = SigningKey(generator.randbytes(32)), generator.randrange(R)
    return key.public, message, sign(key, message)


@pytest.mark.slow
def test_circomlibjs_accepts_our_signatures_and_packs_them_alike() -> None:
    cases = [signed(seed) for seed in range(6)]
    wrong = [(key, (m + 1) % R, s) for key, m, s in cases[:2]]
    document = [
        {"key": [str(c) for c in key], "m": str(m), "r8": [str(c) for c in s.r8], "s": str(s.s)}
        for key, m, s in [*cases, *wrong]
    ]
    process = subprocess.run(
        ["node", "-e", _VERIFY],
        input=json.dumps(document),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(process.stdout)
    assert [answer["valid"] for answer in answers] == [True] * 6 + [False] * 2
    for (key, _, s), answer in zip(cases, answers, strict=False):
        assert babyjub.encode(key).hex() == answer["key"]
        assert s.to_bytes().hex() == answer["signature"]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("circomlib")
    shutil.copytree(ROOT / "node_modules" / "circomlib" / "circuits", folder / "circomlib")
    (folder / "verifier.circom").write_text(_CIRCUIT)
    circom(folder, "verifier.circom", "--wasm", "-o", ".")
    return folder


def circuit_accepts(folder: Path, key: Point, message: int, given: Signature) -> bool:
    inputs = {
        "enabled": "1",
        "Ax": str(key.x),
        "Ay": str(key.y),
        "S": str(given.s),
        "R8x": str(given.r8.x),
        "R8y": str(given.r8.y),
        "M": str(message),
    }
    (folder / "input.json").write_text(json.dumps(inputs))
    program = ("wtns", "calculate", "verifier_js/verifier.wasm", "input.json", "out.wtns")
    result = _run("snarkjs", folder, program)
    output = result.stdout + result.stderr
    assert result.returncode == 0 or "Assert Failed" in output, output
    return result.returncode == 0


@pytest.mark.slow
def test_circomlib_s_circuit_accepts_our_signatures(compiled: Path) -> None:
    for seed in range(3):
        assert circuit_accepts(compiled, *signed(seed))


@pytest.mark.slow
def test_circomlib_s_circuit_refuses_what_ours_refuses(compiled: Path) -> None:
    key, message, given = signed(0)
    for case in (
        (key, (message + 1) % R, given),
        (key, message, given._replace(s=(given.s + 1) % SUBGROUP_ORDER)),
        (key, message, given._replace(s=given.s + SUBGROUP_ORDER)),
        (key, message, given._replace(r8=babyjub.add(given.r8, BASE8))),
        (babyjub.neg(key), message, given),
    ):
        assert not circuit_accepts(compiled, *case)
