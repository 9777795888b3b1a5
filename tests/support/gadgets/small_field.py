"""The circuit language, its gadgets and the analysis over a small prime field.

Every module of `zkcredit.r1cs`, `zkcredit.gadgets` and `zkcredit.audit` names the modulus in one
place, its global `R`, and the widest unique decomposition in `MAX_BITS`. Here both are replaced for
the length of a `with` block, so that the shipped functions themselves run over F_p, small enough to
try everything.
"""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import zkcredit.audit
import zkcredit.gadgets
import zkcredit.r1cs
from zkcredit.audit.roots import roots
from zkcredit.audit.rules import multiples
from zkcredit.bn254.fields import R
from zkcredit.gadgets import fixed_base, poseidon_constants, signed_windows
from zkcredit.r1cs.uint import MAX_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PRIMES = [p for p in range(13, 252) if all(p % d for d in range(2, 16))]
"""All primes from 13 to 251."""


def widest(modulus: int) -> int:
    """The most bits whose decomposition is unique: 2^widest < p < 2^(widest + 1)."""
    return modulus.bit_length() - 1


@contextmanager
def small_field(modulus: int, **constants: Any) -> Iterator[pytest.MonkeyPatch]:
    """Everything over F_p; `constants` replace module globals of the same name, wherever they are.

    Poseidon's parameters stay those of F_r: they are tables, not arithmetic.
    """
    fresh = {"R": modulus, "MAX_BITS": widest(modulus), **constants}
    known = {"R": R, "MAX_BITS": MAX_BITS}
    tables: list[Any] = [
        fixed_base._tables, signed_windows._tables, multiples._chain, multiples._has_prime_order,
        roots,
    ]  # fmt: skip
    for cached in tables:
        cached.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for module in _modules():
            for name in fresh.keys() & vars(module).keys():
                if name not in known or vars(module)[name] == known[name]:
                    patch.setattr(module, name, fresh[name])
        yield patch
    for cached in tables:
        cached.cache_clear()


def _modules() -> list[ModuleType]:
    return [
        importlib.import_module(found.name)
        for package in (zkcredit.r1cs, zkcredit.gadgets, zkcredit.audit)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if found.name != poseidon_constants.__name__
    ] + [zkcredit.r1cs]
