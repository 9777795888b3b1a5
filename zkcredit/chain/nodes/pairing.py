"""Let the native kernel compute py-evm's pairing precompile while a request runs.

py-evm checks a pairing in pure Python, which takes 0.7 to 2 s; the kernel needs about a
millisecond. The precompile still does what EIP-197 says: coordinates must be canonical, and points
must be on the curve and in the prime-order subgroup; otherwise the call fails and takes its gas.
The cost in gas does not change.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kernel_pairing", "kernel_pairing_check"]

_PAIR = 192  # bytes: G1 x, y, then G2 x.c1, x.c0, y.c1, y.c0, each a 32-byte big-endian word
_LOCK = threading.RLock()


@contextmanager
def kernel_pairing() -> Iterator[None]:
    """Let the kernel compute the pairings of every py-evm in this process, inside the context."""
    import eth.precompiles.ecpairing

    # The package exports the function under the module's name, so an import misses the module.
    module: Any = sys.modules[eth.precompiles.ecpairing.__module__]
    with _LOCK:
        original = module._ecpairing
        module._ecpairing = kernel_pairing_check
        try:
            yield
        finally:
            module._ecpairing = original


def kernel_pairing_check(data: bytes | memoryview) -> bool:
    """Return whether the product of pairings in ``data`` (EIP-197's encoding) is one.

    Raises:
        ValidationError: if the input is invalid by EIP-197; py-evm expects this exception.
    """
    import numpy as np
    from eth_utils import ValidationError

    import zkcredit._kernel as _kernel

    raw = bytes(data)
    if len(raw) % _PAIR:
        raise ValidationError("pairing input is not a whole number of pairs")
    if not raw:
        return True
    words = np.frombuffer(raw, dtype=">u8").reshape(-1, 6, 4)[:, :, ::-1].astype("<u8")
    g1 = np.ascontiguousarray(words[:, :2]).reshape(-1, 8)
    g2 = np.ascontiguousarray(words[:, [3, 2, 5, 4]]).reshape(-1, 16)
    if _kernel.g1_first_invalid(g1) >= 0 or _kernel.g2_first_invalid(g2) >= 0:
        raise ValidationError("a point is not canonical, off its curve or outside its subgroup")
    return bool(_kernel.pairing_product_is_one(g1, g2))
