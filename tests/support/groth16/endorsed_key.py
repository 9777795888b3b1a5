"""A small key with as many public inputs as a gate wants, its verified ceremony, and a word."""

from __future__ import annotations

import functools

from support.groth16 import ceremony_case as case

from zkcredit.formats import zkey
from zkcredit.groth16 import Endorsement, VerifiedCeremony, initial_zkey, keyfile, verify_ceremony
from zkcredit.r1cs.system import ConstraintSystem, Matrix


@functools.cache
def system(n_public: int) -> ConstraintSystem:
    """Most public inputs squared are a wire, as many as fit into 2^4 rows."""
    count = min(n_public, 15 - n_public)
    rows = [{i + 1: 1} for i in range(count)]
    squares = [{n_public + 1 + i: 1} for i in range(count)]
    return ConstraintSystem(
        n_public + count + 1, n_public, *(Matrix.from_rows(part) for part in (rows, rows, squares))
    )


@functools.cache
def key_file(n_public: int) -> bytes:
    """The ``.zkey`` of two parties and a beacon."""
    first = initial_zkey(system(n_public), case.powers())
    return zkey.dumps(case.phase2(first, [3**70, 5**55, case.BEACON]))


@functools.cache
def ceremony(n_public: int) -> VerifiedCeremony:
    return verify_ceremony(keyfile.loads(key_file(n_public)), system(n_public), case.powers())


def endorsement(n_public: int) -> Endorsement:
    """A word for the first contribution to phase 1 and the second to phase 2."""
    found = ceremony(n_public)
    return Endorsement(found, (found.phase1[0].digest, found.phase2[1].digest))
