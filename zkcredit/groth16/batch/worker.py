"""The worker's side of ``prove_many``: each process keeps the keys that it got, by digest.

A job names its key by digest. A process that does not have the key answers with its own name
instead of a proof, and the next attempt brings the key. So a key is sent about once to each
process, with any executor, and without a file that all machines share.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit._internal.derived import Derived
from zkcredit.groth16.prover import prove_checked

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16.keys import Proof, ProvingKey

__all__ = ["Answer", "digest_of", "remember", "run"]

_KEPT: Final = 4
"""Keys that a process keeps in memory: enough for a few statements, and bounded."""

_keys: OrderedDict[str, ProvingKey] = OrderedDict()
_lock = threading.Lock()

Answer = tuple["Proof | None", str]
"""The proof, or None if the process needs the key; and the name of the process."""


def run(
    call: str, digest: str, proving_key: ProvingKey | None, witness: Limbs, threads: int
) -> Answer:
    """Prove a checked witness under the key with this digest.

    Args:
        call: a different text for each call. Dask assumes that functions are pure, and would answer
            equal calls with the same proof, or always answer that the key is missing.
        digest: the key's digest.
        proving_key: the key, if it must be sent.
        witness: the witness.
        threads: threads that the kernel may use.
    """
    del call
    me = f"{socket.gethostname()}/{os.getpid()}"
    if proving_key is not None:
        remember(digest, proving_key)
    with _lock:
        found = _keys.get(digest)
        if found is not None:
            _keys.move_to_end(digest)
    return (None if found is None else prove_checked(found, witness, threads)), me


def remember(digest: str, proving_key: ProvingKey) -> None:
    """Keep the key, unless the process has it already: that one may be loaded in the kernel."""
    with _lock:
        _keys.setdefault(digest, proving_key)
        _keys.move_to_end(digest)
        while len(_keys) > _KEPT:
            _keys.popitem(last=False)


@Derived
def digest_of(proving_key: ProvingKey) -> str:
    """Return the SHA-256 of everything in the key that a proof depends on."""
    vk = proving_key.verifying_key
    state = hashlib.sha256(
        repr((vk.alpha1, vk.beta2, vk.gamma2, vk.delta2, vk.ic, vk.origin)).encode()
    )
    state.update(repr((vk.circuit_digest, proving_key.n_wires, proving_key.domain_size)).encode())
    for array in (
        *proving_key.coefficients,
        proving_key.beta1,
        proving_key.delta1,
        proving_key.a,
        proving_key.b1,
        proving_key.b2,
        proving_key.c,
        proving_key.h,
    ):
        state.update(repr((array.shape, array.dtype.str)).encode())
        state.update(np.ascontiguousarray(array).data)
    return state.hexdigest()
