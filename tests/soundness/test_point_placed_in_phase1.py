"""A foreign point beyond the powers of tau, by who prepares phase 1 or makes the initial key.

Phase 2 divides every point of H by δ, those that no honest proof uses as well. So all of them must
be what circuit and powers make them.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from support.formats import ptau_case as case
from support.groth16 import groth16_toy as g
from support.groth16 import placed_point
from support.groth16.phase2_step import contributed

from zkcredit import _kernel
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import MalformedFile, UnsafeKey
from zkcredit.formats.ptau import PtauFile
from zkcredit.groth16 import ProvingKey, initial_zkey, require_made_from

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit single-party")

SCALARS = pytest.mark.parametrize("scalar", [1, 2, 5**70])


def placed(scalar: int) -> PtauFile:
    return placed_point.with_point(case.file(), _kernel.g1_mul_generator(to_limbs([scalar])))


def key_made_of(file: PtauFile) -> ProvingKey:
    """A contributed key whose H came from the file without a check."""
    last = file.tau_g1_lagrange_mont
    assert last is not None
    return contributed(dataclasses.replace(case.initial(), h_mont=last[31:][1::2]))


@SCALARS
def test_no_key_is_made_from_the_file(scalar: int) -> None:
    with pytest.raises(MalformedFile, match="doubled domain"):
        initial_zkey(g.SYSTEM, placed(scalar))


@SCALARS
def test_a_key_that_others_made_of_it_is_told_from_an_honest_one(scalar: int) -> None:
    honest = initial_zkey(g.SYSTEM, case.file())
    require_made_from(contributed(case.initial()), honest)
    with pytest.raises(UnsafeKey, match="H differs from the initial key"):
        require_made_from(key_made_of(placed(scalar)), honest)


def test_the_point_changes_nothing_else() -> None:
    other, honest = placed(3), case.file()
    for field in dataclasses.fields(PtauFile):
        if field.name.endswith("_mont"):
            one, two = (np.array(getattr(file, field.name)) for file in (other, honest))
            assert (one[:31] == two[:31]).all()
