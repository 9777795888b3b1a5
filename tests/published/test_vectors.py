"""Every published vector against the library and against a second implementation."""

from __future__ import annotations

import json
import subprocess
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest
from support.interop.snarkjs_tool import ROOT
from support.published.vector_files import FOLDER, files
from support.published.vector_verdicts import NATIVE, REFERENCE, cases, disagreements, load

from zkcredit.bn254 import curve
from zkcredit.groth16 import reference

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit single-party key:UserWarning")

FILES = sorted(files())
SLOW = {*FILES} - {"babyjubjub.json", "poseidon_bn254.json"}


def costly(names: list[str]) -> list[Any]:
    """The files, those that take seconds marked."""
    return [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in names]


def test_there_are_two_thousand_in_three_megabytes() -> None:
    documents = [load(name) for name in FILES]
    assert {path.name for path in FOLDER.glob("*.json")} == {*FILES}
    assert sum(document["numberOfTests"] for document in documents) >= 2000
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_well_formed(name: str) -> None:
    document = load(name)
    every = [test for _, test in cases(document)]
    assert [test["tcId"] for test in every] == list(range(1, document["numberOfTests"] + 1))
    assert {flag for test in every for flag in test["flags"]} == document["notes"].keys()
    assert {test["result"] for test in every} == {"valid", "invalid"}
    assert all(test["flags"] for test in every if test["result"] == "invalid")
    bodies = Counter(
        json.dumps([kind, {k: v for k, v in test.items() if k not in ("tcId", "comment")}])
        for kind, test in cases(document)
    )
    repeated = [body for body, count in bodies.items() if count > 1]
    assert not repeated


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_library_agrees(name: str) -> None:
    assert disagreements(load(name), NATIVE) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", costly(FILES))
def test_the_second_implementation_agrees(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Many tests share a point whose order has been found before.
    monkeypatch.setattr(reference, "in_subgroup", cache(curve.in_subgroup))
    document = load(name)
    if name == "groth16_bn254_verify.json":  # half a second a pairing
        document["testGroups"] = [_without_most_pairings(document["testGroups"][2])]
    assert disagreements(document, REFERENCE) == []


def _without_most_pairings(group: dict[str, Any]) -> dict[str, Any]:
    """All that is refused at sight, and eight that are not; `vector_verdicts.py` runs them all."""
    last = [t for t in group["tests"] if t["result"] == "valid" or t["flags"] == ["WrongProof"]]
    left_out = {test["tcId"] for test in last[4:-4]}
    return group | {"tests": [test for test in group["tests"] if test["tcId"] not in left_out]}


@pytest.mark.slow
@pytest.mark.parametrize("name", costly(FILES))
def test_the_files_are_what_the_generator_writes(name: str) -> None:
    assert files()[name]() == (FOLDER / name).read_text()


_CIRCOMLIBJS = """
const {buildEddsa, buildPoseidon} = require('circomlibjs');
(async () => {
  const eddsa = await buildEddsa(), poseidon = await buildPoseidon(), F = eddsa.babyJub.F;
  const point = p => [F.e(p.x), F.e(p.y)];
  const verdicts = {
    EddsaVerify: t => eddsa.verifyPoseidon(
      F.e(t.message), {R8: point(t.R8), S: BigInt(t.S)}, point(t.publicKey)),
    Poseidon: t => F.toString(
      poseidon(t.inputs.map(BigInt), F.e(t.domain))) === t.hash,
    Encoding: t => {
      const p = eddsa.babyJub.unpackPoint(Buffer.from(t.encoding, 'hex'));
      return p !== null && F.toString(p[0]) === t.x && F.toString(p[1]) === t.y;
    },
  };
  const run = ([kind, test]) => {
    try { return verdicts[kind](test); } catch (error) { return false; }
  };
  process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(run)));
})();
"""

CIRCOMLIBJS_ACCEPTS = {
    "EddsaVerify": {
        "CoordinateOutOfRange", "KeyOutsideSubgroup", "LowOrderKey", "LowOrderNonce",
        "MessageOutOfRange",
    },
    "Poseidon": {"InputOutOfRange"},
    "Encoding": set(),
}  # fmt: skip
"""Flags of which circomlibjs accepts some or all tests that are invalid here; vectors/README.md
lists them."""


@pytest.mark.slow
@pytest.mark.node
def test_circomlibjs_differs_where_it_is_known_to() -> None:
    every, seen = [], Counter()
    for name in FILES:
        for kind, test in cases(load(name)):
            alike = (kind, *test["flags"])
            seen[alike] += 1
            if kind in CIRCOMLIBJS_ACCEPTS and (seen[alike] <= 10 or kind == "Encoding"):
                every.append((kind, test))
    process = subprocess.run(
        ["node", "-e", _CIRCOMLIBJS],
        input=json.dumps(every),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    accepted, refused = defaultdict(set), defaultdict(set)
    for (kind, test), verdict in zip(every, json.loads(process.stdout), strict=True):
        if verdict != (test["result"] == "valid"):
            found = accepted if verdict else refused
            found[kind] |= {*test["flags"]} or {"valid"}
    assert accepted == {kind: flags for kind, flags in CIRCOMLIBJS_ACCEPTS.items() if flags}
    assert refused == {"Encoding": {"LowOrder"}}
