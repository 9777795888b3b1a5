"""This library. Arguments: folder, threads."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from turns import serve

from zkcredit.circuits import get_circuit
from zkcredit.formats import wtns
from zkcredit.groth16 import (
    Proof,
    UnsafeKeyWarning,
    load_or_create_dev_key,
    load_proving_key,
    prove,
    verify,
)
from zkcredit.published.samples import samples

warnings.simplefilter("ignore", UnsafeKeyWarning)
folder, threads = Path(sys.argv[1]), int(sys.argv[2])
key = load_proving_key(folder / "credit.zkey")
witness = wtns.loads((folder / "credit.wtns").read_bytes())
public = [int(text) for text in json.loads((folder / "public.json").read_text())]
key.resident.prepare(threads=threads)
proofs: list[Proof] = [prove(key, witness, threads)]

own = get_circuit("eligibility")
own_key = load_or_create_dev_key(own)
own_key.resident.prepare(threads=threads)
own_values = next(iter(samples("eligibility").satisfied.values()))


def words() -> list[int]:
    """Return the last proof."""
    return proofs[-1].to_words()


serve(
    {
        "prove": lambda: proofs.append(prove(key, witness, threads)),
        "verify": lambda: verify(key.verifying_key, public, proofs[-1]),
        "eligibility_from_inputs": lambda: prove(own_key, own.witness(own_values), threads),
    },
    words,
)
