"""Σ coefficient·point for each wire of a circuit; most wires have few terms, and some have many.

All wires with few terms are multiplied out together, point by point; a wire with more terms than
``_FEW`` gets its own multi-scalar multiplication.
"""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, to_limbs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SparseTerms", "sparse_sums"]

_FEW: Final = 3
_ONE: Final = to_limbs([1])
_MINUS_ONE: Final = to_limbs([R - 1])

Indices = npt.NDArray[np.int64]


class SparseTerms(NamedTuple):
    """The terms of the sums, one entry each.

    Attributes:
        rows: (k,) the row of the point.
        wires: (k,) the wire whose sum has the term.
        values: (k, 4) the coefficient, canonical.
    """

    rows: Indices
    wires: Indices
    values: Limbs

    @classmethod
    def stacked(cls, parts: Sequence[SparseTerms], size: int) -> SparseTerms:
        """Return the terms of several parts for one array of points, with ``size`` rows a part."""
        return cls(
            np.concatenate([part.rows + i * size for i, part in enumerate(parts)]),
            np.concatenate([part.wires for part in parts]),
            np.concatenate([part.values for part in parts]),
        )


def sparse_sums(points: Limbs, terms: SparseTerms, n_wires: int, threads: int) -> Limbs:
    """Sum values[k]·points[rows[k]] over all terms k of one wire, for every wire.

    Args:
        points: (n, 8) or (n, 16), canonical.
        terms: rows below n, wires below ``n_wires``.
        n_wires: number of sums.
        threads: threads that share the kernel's work.

    Returns:
        (n_wires, 8) or (n_wires, 16); infinity for a wire without terms.
    """
    order = np.argsort(terms.wires, kind="stable")
    rows, values = terms.rows[order], terms.values[order]
    counts = np.bincount(terms.wires, minlength=n_wires)
    starts = np.concatenate([[0], np.cumsum(counts)])
    sums = np.zeros((n_wires, points.shape[1]), dtype=np.uint64)

    def multiply_out(chosen: Indices) -> None:
        total = np.zeros((len(chosen), points.shape[1]), dtype=np.uint64)
        for i in range(_FEW):
            has = np.flatnonzero(counts[chosen] > i)
            at = starts[chosen[has]] + i
            products = _products(points[rows[at]], values[at])
            total[has] = _add(total[has], products)
        sums[chosen] = total

    def sum_each(chosen: Indices) -> None:
        for wire in chosen:
            part = slice(starts[wire], starts[wire + 1])
            sums[wire] = _msm(points[rows[part]], values[part])

    few = np.flatnonzero((counts > 0) & (counts <= _FEW))
    many = np.flatnonzero(counts > _FEW)
    with futures.ThreadPoolExecutor(threads) as pool:
        # Each thread gets every k-th of the long sums, so that no thread gets all of them.
        work = [pool.submit(multiply_out, part) for part in np.array_split(few, threads)]
        work += [pool.submit(sum_each, many[i::threads]) for i in range(threads)]
        for each in work:
            each.result()
    return sums


def _products(points: Limbs, coefficients: Limbs) -> Limbs:
    """Return the products, row by row; most coefficients of most circuits are 1 or −1."""
    import zkcredit._kernel as _kernel

    in_g1 = points.shape[1] == 8
    products = points.copy()
    negative = np.flatnonzero((coefficients == _MINUS_ONE).all(axis=1))
    others = np.flatnonzero(
        (coefficients != _MINUS_ONE).any(axis=1) & (coefficients != _ONE).any(axis=1)
    )
    neg, mul = (_kernel.g1_neg, _kernel.g1_mul) if in_g1 else (_kernel.g2_neg, _kernel.g2_mul)
    products[negative] = neg(products[negative])
    products[others] = mul(products[others], coefficients[others])
    return products


def _add(p: Limbs, q: Limbs) -> Limbs:
    import zkcredit._kernel as _kernel

    return _kernel.g1_add(p, q) if p.shape[1] == 8 else _kernel.g2_add(p, q)


def _msm(points: Limbs, scalars: Limbs) -> Limbs:
    import zkcredit._kernel as _kernel

    msm = _kernel.g1_msm if points.shape[1] == 8 else _kernel.g2_msm
    return msm(points, scalars)
