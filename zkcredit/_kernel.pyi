"""The native kernel: arithmetic of BN254, witness programs, Groth16.

Arrays are C-contiguous numpy arrays. A field vector is uint64 of shape (n, 4): little-endian limbs,
canonical (below the modulus), not Montgomery unless the name says so. G1 points are (n, 8) as x|y,
G2 points (n, 16) as x.c0|x.c1|y.c0|y.c1 with F_q2 = c0 + c1·u; infinity is all zero.

Where the type is ``Data``, numbers are bytes at any address, 32 little-endian each. Such functions
do not load numpy.

Errors: ValueError for a wrong shape, dtype, range or encoding (the text names the argument),
MemoryError when memory runs out, RuntimeError for everything else. Long calls release the GIL.
A function and its ``_naive`` twin have one contract; the twin is slow and obvious, for tests.
"""

from typing import TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

U64: TypeAlias = NDArray[np.uint64]
U32: TypeAlias = NDArray[np.uint32]
Rows: TypeAlias = tuple[U32, U32, U64]
Data: TypeAlias = bytes | memoryview

def kernel_name() -> str:
    """Return the instruction-set unit in use: "ifma", "avx2", "adx" or "portable".

    It is the best one that the processor has; the environment variable ZKCREDIT_KERNEL forces one.
    Results are the same bit for bit.

    Raises:
        KernelUnavailable: if the forced unit does not run; every name of the module then raises it.
    """

def kernel_units() -> list[str]:
    """Return the units that this processor runs, the best one first."""

def kernel_choice(forced: str, leaf1_ecx: int, leaf7_ebx: int, leaf7_ecx: int, states: int) -> str:
    """Return the unit of a processor with these CPUID registers and this XCR0. For tests.

    Args:
        forced: the value of ZKCREDIT_KERNEL.
        leaf1_ecx: a register of CPUID.
        leaf7_ebx: a register of CPUID.
        leaf7_ecx: a register of CPUID.
        states: XCR0.

    Raises:
        RuntimeError: if the forced unit would not run.
    """

# Scalar field F_r and base field F_q, element by element. The inverse of 0 is 0.
def fr_add(a: U64, b: U64) -> U64: ...
def fr_sub(a: U64, b: U64) -> U64: ...
def fr_mul(a: U64, b: U64) -> U64: ...
def fr_neg(a: U64) -> U64: ...
def fr_inv(a: U64) -> U64: ...
def fr_inv_naive(a: U64) -> U64: ...
def fq_add(a: U64, b: U64) -> U64: ...
def fq_sub(a: U64, b: U64) -> U64: ...
def fq_mul(a: U64, b: U64) -> U64: ...
def fq_neg(a: U64) -> U64: ...
def fq_inv(a: U64) -> U64: ...
def fq_inv_naive(a: U64) -> U64: ...
def fr_lane_product(a: U64, b: U64) -> U64:
    """Return a·b·2^-260 by the unit's vectors, canonical. For tests.

    The number of rows must be a multiple of 8; a and b may be any integers below five moduli.

    Raises:
        RuntimeError: if the unit in use has no vectors.
    """

def fq_lane_product(a: U64, b: U64) -> U64: ...
def fr_mul_repeated(a: U64, b: U64, times: int) -> U64:
    """Return a·b^times, computed in the unit's own form; ``times`` is 0 to 2^20."""

# Extension fields: F_q2 elements are (n, 8), F_q12 elements (n, 48) in py_ecc's coefficient order,
# that is, coefficients of w^0..w^11 with w^12 = 18 w^6 - 82.
def fq2_add(a: U64, b: U64) -> U64: ...
def fq2_mul(a: U64, b: U64) -> U64: ...
def fq2_square(a: U64) -> U64: ...
def fq2_inv(a: U64) -> U64: ...
def fq12_mul(a: U64, b: U64) -> U64: ...
def fq12_square(a: U64) -> U64: ...
def fq12_cyclotomic_square(a: U64) -> U64:
    """Return the square, for elements of the cyclotomic subgroup (values of the pairing) only."""

def fq12_inv(a: U64) -> U64: ...
def fq12_frobenius(a: U64, power: int) -> U64:
    """Return a^(q^power) for power 1, 2 or 3."""

def ntt(values: U64, inverse: bool = False, threads: int = 1) -> U64:
    """Transform over F_r, natural order, n a power of two ≤ 2^28, iden3's roots of unity."""

def ntt_naive(values: U64, inverse: bool = False) -> U64: ...

# Groups. Every point must be canonical and on its curve; subgroup membership of G2 points is only
# checked where said.
def g1_first_invalid(points: U64, threads: int = 1) -> int:
    """Return the first row that is not canonical or off the curve, or -1. Infinity is valid."""

def g2_first_invalid(points: U64, threads: int = 1) -> int:
    """Return the first row that is not canonical, off the curve or off the subgroup, or -1.

    From 200 points on, the subgroup is checked by random sums: a point outside goes unnoticed with
    a chance of 2^-128 (``cpp/curve/subgroup.hpp``).
    """

def g2_first_invalid_naive(points: U64) -> int: ...
def g1_add(p: U64, q: U64) -> U64: ...
def g1_add_repeated(p: U64, q: U64, times: int) -> U64:
    """Return p + times·q, row by row, by the unit's own additions; ``times`` is 0 to 2^20."""

def g1_add_naive(p: U64, q: U64) -> U64: ...
def g1_neg(p: U64) -> U64: ...
def g1_mul(p: U64, scalars: U64) -> U64: ...
def g1_mul_naive(p: U64, scalars: U64) -> U64: ...
def g1_mul_generator(scalars: U64, threads: int = 1) -> U64: ...
def g1_msm(points: U64, scalars: U64, threads: int = 1) -> U64:
    """Return the sum of scalars[i]·points[i], shape (8,)."""

def g1_msm_naive(points: U64, scalars: U64) -> U64: ...
def g2_add(p: U64, q: U64) -> U64: ...
def g2_add_repeated(p: U64, q: U64, times: int) -> U64: ...
def g2_add_naive(p: U64, q: U64) -> U64: ...
def g2_neg(p: U64) -> U64: ...
def g2_mul(p: U64, scalars: U64) -> U64: ...
def g2_mul_naive(p: U64, scalars: U64) -> U64: ...
def g2_mul_generator(scalars: U64, threads: int = 1) -> U64: ...
def g2_msm(points: U64, scalars: U64, threads: int = 1) -> U64: ...
def g2_msm_naive(points: U64, scalars: U64) -> U64: ...

class G1Bases:
    """Resident bases for many sums, with window tables of at most about ``memory`` bytes.

    memory = 0 keeps one point per base.
    """

    def __init__(self, points: U64, memory: int, threads: int = 1) -> None: ...
    @property
    def table_bytes(self) -> int: ...
    def msm(self, scalars: U64, threads: int = 1) -> U64:
        """As g1_msm."""

class G2Bases:
    """As G1Bases."""

    def __init__(self, points: U64, memory: int, threads: int = 1) -> None: ...
    @property
    def table_bytes(self) -> int: ...
    def msm(self, scalars: U64, threads: int = 1) -> U64: ...

# Points as .zkey and .ptau store them: coordinates times 2^256 mod q. No curve check.
def g1_from_mont(points: U64) -> U64: ...
def g1_to_mont(points: U64) -> U64: ...
def g2_from_mont(points: U64) -> U64: ...
def g2_to_mont(points: U64) -> U64: ...
def fr_from_mont(values: U64) -> U64:
    """Return values·2^-256 mod r; apply twice to the coefficients of a .zkey (they carry 2^512)."""

def fr_to_mont(values: U64) -> U64: ...
def fq_first_not_below(numbers: Data) -> int:
    """Return the first number that is not below q, or -1; ``fr_first_not_below`` for r."""

def fr_first_not_below(numbers: Data) -> int: ...
def first_bad_coefficient(records: Data, domain_size: int, n_wires: int) -> tuple[int, int]:
    """Return the first bad record in section 4 of a .zkey, and its bad member, or -1.

    A record has a matrix below 2 (member 0), a row below ``domain_size`` (1), a wire below
    ``n_wires`` (2) and a value below r (3).
    """

def g1_first_invalid_stored(points: Data, threads: int = 1) -> int:
    """As g1_first_invalid, for the points of a file: coordinates times 2^256 mod q."""

def g2_first_invalid_stored(points: Data, threads: int = 1) -> int: ...
def pairing(p: U64, q: U64) -> U64:
    """Return e(p, q), (12, 4), for p (8,) and q (16,) in the subgroup: py_ecc's bn128 pairing."""

def pairing_naive(p: U64, q: U64) -> U64: ...
def scaled_pairing(p: U64, q: U64, scalar: U64) -> bytes:
    """Return e(scalar·p, q), 12 numbers in the order of ``pairing``, for a scalar (4,) below r."""

def pairing_product_is_one(g1: U64, g2: U64) -> bool:
    """Return whether the product of e(g1[i], g2[i]) is one.

    Raises:
        ValueError: if a point is outside its group.
    """

class R1cs:
    """A resident constraint system: (A w)·(B w) = C w row by row.

    a, b, c are (indptr uint32 (m+1,), wires uint32 (k,), coefficients (k, 4)); wire 0 is one, wires
    1..n_public are public.
    """

    def __init__(self, n_wires: int, n_public: int, a: Rows, b: Rows, c: Rows) -> None: ...
    @property
    def n_wires(self) -> int: ...
    @property
    def n_public(self) -> int: ...
    @property
    def n_constraints(self) -> int: ...
    def first_unsatisfied(self, witness: U64) -> int:
        """Return the index of the first broken constraint, or -1. witness[0] must be one."""

class Tape:
    """A straight-line witness program; see cpp/witness/tape.hpp for the operations."""

    def __init__(
        self, n_inputs: int, instructions: U32, terms: U32, constants: U64, wires: U32
    ) -> None: ...
    @property
    def n_inputs(self) -> int: ...
    @property
    def n_wires(self) -> int: ...
    @property
    def n_registers(self) -> int: ...
    def run(self, inputs: U64) -> U64:
        """Return the witness (n_wires, 4) for the inputs (n_inputs, 4)."""

class SetupPoints(TypedDict):
    """Canonical affine points with the meaning of the .zkey sections."""

    alpha1: U64
    beta1: U64
    delta1: U64
    beta2: U64
    gamma2: U64
    delta2: U64
    ic: U64
    a: U64
    b1: U64
    b2: U64
    c: U64
    h: U64

def groth16_setup(r1cs: R1cs, toxic: U64, threads: int = 1) -> SetupPoints:
    """Return the key of a trapdoor (tau, alpha, beta, gamma, delta), shape (5, 4), without zeros.

    The domain is the smallest power of two ≥ constraints + n_public + 1 (and ≥ 2); ``h`` holds the
    points for evaluations on the odd coset, as in section 9 of a .zkey.
    """

class ProvingKey:
    """A resident proving key.

    coeffs is (matrix (k,), row (k,), wire (k,), value (k, 4)) with matrix 0 for A and 1 for B, the
    n_public + 1 extra rows of A included, values canonical (a .zkey stores them times 2^512).
    Points must be canonical and on the curve; the loader checks that G2 points are in the subgroup
    (``g2_first_invalid``).
    """

    def __init__(
        self,
        n_wires: int,
        n_public: int,
        domain_size: int,
        coeffs: tuple[U32, U32, U32, U64],
        alpha1: U64,
        beta1: U64,
        beta2: U64,
        delta1: U64,
        delta2: U64,
        a: U64,
        b1: U64,
        b2: U64,
        c: U64,
        h: U64,
        threads: int = 1,
    ) -> None: ...
    @staticmethod
    def from_file(
        n_wires: int,
        n_public: int,
        domain_size: int,
        coeffs: Data,
        alpha1: Data,
        beta1: Data,
        beta2: Data,
        delta1: Data,
        delta2: Data,
        a: Data,
        b1: Data,
        b2: Data,
        c: Data,
        h: Data,
        threads: int = 1,
    ) -> ProvingKey:
        """Load the sections of a .zkey, in its encoding (see zkcredit.formats.zkey)."""

    @property
    def n_wires(self) -> int: ...
    @property
    def n_public(self) -> int: ...
    @property
    def domain_size(self) -> int: ...
    @property
    def table_bytes(self) -> int:
        """Memory of the window tables; 0 before the first proof."""

    def prepare(self, memory: int | None = None, threads: int = 1) -> None:
        """Build the window tables now, of at most about ``memory`` bytes (by default 128 MiB).

        Otherwise the first proof uses the smallest tables (one point for each base, which is also
        the least that ``memory`` allows), and each of the following ones spends an eighth of its
        work on larger ones, up to the default: first a few multiples of each base, then all.
        """

    def quotient(self, witness: U64, threads: int = 1) -> U64:
        """Return A·B - C at the odd powers of the 2·domain_size-th root of unity.

        These are the scalars of H, (domain_size, 4), by six transforms. They reveal the witness, so
        use them for tests and measurements only.
        """

    def prove(self, witness: U64, threads: int = 1) -> tuple[U64, U64, U64]:
        """Return points (a, b, c) for witness (n_wires, 4), blinded from the operating system.

        This does not check the constraints: the proof of a witness that breaks one does not verify.
        """

    def prove_bytes(self, witness: Data, threads: int = 1) -> bytes:
        """Prove like ``prove``: return the 256 bytes of A, B and C, for n_wires numbers."""

    def prove_with_blinding_unsafe(
        self, witness: U64, r: U64, s: U64, threads: int = 1
    ) -> tuple[U64, U64, U64]:
        """Prove with a given blinding (4,), for tests: a repeated or known blinding leaks."""

class VerifyingKey:
    """A resident verifying key; points must be canonical, on the curve and in the subgroup."""

    def __init__(self, alpha1: U64, beta2: U64, gamma2: U64, delta2: U64, ic: U64) -> None: ...
    @property
    def n_public(self) -> int: ...
    def verify(self, a: U64, b: U64, c: U64, public: U64, threads: int = 1) -> bool:
        """Return whether the proof holds for public (n_public, 4).

        Two threads are of use, and more are not.

        It does not hold if a point is not canonical, off the curve or off the subgroup, or if a
        public input is not below r.

        Raises:
            ValueError: if a shape or a count is wrong.
        """
    def verify_bytes(self, proof: Data, public: Data, threads: int = 1) -> bool:
        """Verify like ``verify``, a proof as ``prove_bytes`` returns it."""

    def verify_many(self, a: U64, b: U64, c: U64, public: U64, threads: int = 1) -> U64:
        """Return indices (k,), ascending, of the proofs that fail.

        The proofs are a (n, 8), b (n, 16), c (n, 8), and public is (n * n_public, 4). A proof fails
        if ``verify`` returns False for it. The weights are random: a bad proof goes unnoticed with
        a chance of 2^-128.
        """
    def verify_many_naive(self, a: U64, b: U64, c: U64, public: U64) -> U64:
        """Do the same slowly, one proof after another."""
