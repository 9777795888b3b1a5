"""This library, in the unit that ZKCREDIT_KERNEL names. Arguments: folder, threads."""

from __future__ import annotations

import json
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from turns import serve

from zkcredit.circuits import get_circuit
from zkcredit.formats import wtns
from zkcredit.groth16 import Proof, UnsafeKeyWarning, load_proving_key, prove, verify
from zkcredit.published.samples import samples

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16 import ProvingKey

warnings.simplefilter("ignore", UnsafeKeyWarning)
folder, threads = Path(sys.argv[1]), int(sys.argv[2])


def prepared(name: str) -> tuple[ProvingKey, Limbs]:
    """Return key and witness of a circuit, the key with its window tables."""
    key = load_proving_key(folder / f"{name}.zkey")
    key.resident.prepare(threads=threads)
    return key, wtns.loads((folder / f"{name}.wtns").read_bytes())


key, witness = prepared("credit")
own_key, own_witness = prepared("eligibility")
own = get_circuit("eligibility")
own_values = next(iter(samples("eligibility").satisfied.values()))
public = [int(text) for text in json.loads((folder / "public.json").read_text())]
example = prove(key, witness, threads)

serve(
    {
        "prove": partial(prove, key, witness, threads),
        "prove_eligibility": partial(prove, own_key, own_witness, threads),
        "from_inputs": lambda: prove(own_key, own.witness(own_values), threads),
        "verify": lambda: verify(key.verifying_key, public, example),
    },
    Proof.to_words,
)
