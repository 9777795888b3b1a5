"""Proofs and keys as values, and their conversions from and to the ecosystem's files.

Every key object has passed ``key_checks``: construction, loading, proving, verification and export
all make the same check.

Key elements, in the notation of Groth 2016 §3.2 with the wire polynomials uᵢ, vᵢ, wᵢ at τ:
α, β, δ in G1; β, γ, δ in G2; IC = (β·uᵢ + α·vᵢ + wᵢ)/γ for public wires, C = the same over δ for
the others; A = uᵢ and B = vᵢ (in G1 and G2) for all; H = quotient basis over δ.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal.derived import Derived
from zkcredit.bn254 import packed
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import calldata, snarkjs
from zkcredit.groth16.kernel import default_threads, kernel_errors, thread_count
from zkcredit.groth16.key_checks import require_safe_proving_key, require_safe_verifying_key
from zkcredit.groth16.trust import DEV_ALPHA1, ORIGINS, Origin

if TYPE_CHECKING:
    import zkcredit._kernel as _kernel
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.bn254.points import G1Point, G2Point
    from zkcredit.formats.zkey import Contribution
    from zkcredit.groth16.coefficients import Coefficients

__all__ = ["Proof", "ProvingKey", "VerifyingKey"]

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_X: Final = 4965661367192848881
_SNARKJS_PAIRING: Final = 2 * _X * (6 * _X * _X + 3 * _X + 1)
"""snarkjs's pairing is this power of ours and of py_ecc's: its final exponentiation uses a multiple
of the exponent, which is cheaper (Fuentes-Castañeda et al. 2011, §5). A product that is one stays
one, so the difference is visible only in ``vk_alphabeta_12``."""


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """A Groth16 proof: three points, which only ``verify`` checks.

    Anybody can turn a proof into another proof of the same statement, because Groth 2016 can be
    re-randomised. So do not identify a proof by its bytes: use the nullifier.
    """

    a: G1Point
    b: G2Point
    c: G1Point

    def __repr__(self) -> str:
        return f"Proof(a={str(self.a)[:24]}…)"

    @classmethod
    def from_json(cls, text: str | bytes) -> Proof:
        """Read snarkjs's ``proof.json``.

        Raises:
            MalformedFile: if the text is not such a document.
        """
        return cls(*snarkjs.load_proof(text))

    def to_json(self) -> str:
        """Return the proof as snarkjs's ``proof.json``."""
        return snarkjs.dump_proof((self.a, self.b, self.c))

    @classmethod
    def from_words(cls, words: list[int]) -> Proof:
        """Read the eight words of calldata.

        Raises:
            MalformedFile: if they are not eight coordinates.
        """
        return cls(*calldata.from_words(words))

    def to_words(self) -> list[int]:
        """Return the eight words that the verifier contract takes."""
        return calldata.to_words((self.a, self.b, self.c))


@dataclass(frozen=True, repr=False, slots=True, weakref_slot=True)
class VerifyingKey:
    """A verification key that has passed ``key_checks``.

    Attributes:
        alpha1, beta2, gamma2, delta2: the key's elements.
        ic: n_public + 1 points.
        origin: who can forge under it; see ``trust``. A key with the dev α is always "dev".
        circuit_digest: ``formats.r1cs.digest`` of the circuit, or None if it is unknown.
    """

    alpha1: G1Point
    beta2: G2Point
    gamma2: G2Point
    delta2: G2Point
    ic: tuple[G1Point, ...]
    origin: Origin = "single-party"
    circuit_digest: str | None = None

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS:
            raise InvalidInput(f"a key's origin must be one of {', '.join(ORIGINS)}")
        if self.circuit_digest is not None and not _DIGEST.fullmatch(self.circuit_digest):
            raise InvalidInput("a circuit digest must be 64 lower-case hexadecimal digits")
        if self.alpha1 == DEV_ALPHA1:
            object.__setattr__(self, "origin", "dev")
        self.require_safe()

    def __repr__(self) -> str:
        digest = (self.circuit_digest or "unknown")[:12]
        return f"VerifyingKey(n_public={self.n_public}, origin={self.origin!r}, circuit={digest})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), tuple(getattr(self, f.name) for f in dataclasses.fields(self))

    @property
    def n_public(self) -> int:
        """Number of public inputs."""
        return len(self.ic) - 1

    def require_safe(self) -> None:
        """Check the key again, because Python code can change a frozen object.

        Raises:
            UnsafeKey: if the key is forgeable or broken; see ``key_checks``.
        """
        require_safe_verifying_key(
            alpha1=self.alpha1,
            beta2=self.beta2,
            gamma2=self.gamma2,
            delta2=self.delta2,
            ic=self.ic,
        )

    @Derived
    def resident(self) -> _kernel.VerifyingKey:
        """The key in the kernel's memory.

        Raises:
            UnsafeKey: if the key was changed and is unsafe now.
        """
        import zkcredit._kernel as _kernel

        self.require_safe()
        with kernel_errors():
            return _kernel.VerifyingKey(
                packed.rows(packed.g1_bytes([self.alpha1])),
                packed.rows(packed.g2_bytes([self.beta2])),
                packed.rows(packed.g2_bytes([self.gamma2])),
                packed.rows(packed.g2_bytes([self.delta2])),
                packed.rows(packed.g1_bytes(self.ic), 2),
            )

    @classmethod
    def from_json(cls, text: str | bytes, *, origin: Origin | None = None) -> VerifyingKey:
        """Read snarkjs's ``verification_key.json``.

        Args:
            text: the document.
            origin: what the caller knows about the key. By default the origin that the document
                names, where "ceremony" is only "claimed" because a document shows nothing; and
                "single-party" for a document that does not name one.

        Raises:
            MalformedFile: if the document is not well formed, or its e(α, β) is wrong.
            UnsafeKey: if the key is forgeable or broken.
        """
        document = snarkjs.load_verification_key(text)
        claimed = document.extension.get("origin", "single-party")
        if claimed not in ORIGINS:
            raise MalformedFile("verification key: unknown origin")
        digest = document.extension.get("circuit")
        if digest is not None and not _DIGEST.fullmatch(digest):
            raise MalformedFile("verification key: the circuit digest is malformed")
        key = cls(
            alpha1=document.alpha1,
            beta2=document.beta2,
            gamma2=document.gamma2,
            delta2=document.delta2,
            ic=document.ic,
            origin=origin or ("claimed" if claimed == "ceremony" else claimed),
            circuit_digest=digest,
        )
        if document.alphabeta is not None and document.alphabeta != key.alphabeta():
            raise MalformedFile("verification key: vk_alphabeta_12 is not e(alpha, beta)")
        return key

    def to_json(self) -> str:
        """Return snarkjs's ``verification_key.json``, with a further member for origin and circuit.

        Raises:
            UnsafeKey: if the key was changed after it was made, and is unsafe now.
        """
        self.require_safe()
        extension: dict[str, str] = {"origin": self.origin}
        if self.circuit_digest is not None:
            extension["circuit"] = self.circuit_digest
        return snarkjs.dump_verification_key(
            snarkjs.VerificationKeyDocument(
                alpha1=self.alpha1,
                beta2=self.beta2,
                gamma2=self.gamma2,
                delta2=self.delta2,
                ic=self.ic,
                alphabeta=self.alphabeta(),
                extension=extension,
            )
        )

    def alphabeta(self) -> tuple[int, ...]:
        """Snarkjs's ``vk_alphabeta_12``: its value of e(α, β), in its order."""
        import zkcredit._kernel as _kernel

        with kernel_errors():
            value = _kernel.scaled_pairing(
                packed.rows(packed.g1_bytes([self.alpha1])),
                packed.rows(packed.g2_bytes([self.beta2])),
                packed.rows(packed.numbers([_SNARKJS_PAIRING])),
            )
        return _tower_from_powers(packed.from_numbers(value))


@dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class ProvingKey:
    """A proving key: canonical arrays (see ``bn254.limbs``) with the meaning of a ``.zkey``.

    Attributes:
        verifying_key: the matching verification key, which has passed ``key_checks``.
        n_wires: wires, the constant one included.
        domain_size: a power of two above constraints + public inputs.
        coefficients: those of A and B, with the n_public + 1 further rows of A.
        beta1, delta1: (8,).
        a: (n_wires, 8); likewise b1; b2 is (n_wires, 16), c (n_wires - n_public - 1, 8), and h
            (domain_size, 8).
        circuit_hash: snarkjs's hash of the key before contributions, kept for its tools.
        contributions: the contributions to phase 2 that the file lists, kept for snarkjs's tools.
    """

    verifying_key: VerifyingKey
    n_wires: int
    domain_size: int
    coefficients: Coefficients
    beta1: Limbs
    delta1: Limbs
    a: Limbs
    b1: Limbs
    b2: Limbs
    c: Limbs
    h: Limbs
    circuit_hash: bytes = bytes(64)
    contributions: tuple[Contribution, ...] = ()

    def __repr__(self) -> str:
        return (
            f"ProvingKey(n_wires={self.n_wires}, domain_size={self.domain_size}, "
            f"origin={self.origin!r})"
        )

    @property
    def n_public(self) -> int:
        """Number of public inputs."""
        return self.verifying_key.n_public

    @property
    def origin(self) -> Origin:
        """Who can forge under the key; see ``trust``."""
        return self.verifying_key.origin

    @property
    def circuit_digest(self) -> str | None:
        """``formats.r1cs.digest`` of the circuit, or None if it is unknown."""
        return self.verifying_key.circuit_digest

    def require_safe(self, threads: int | None = None) -> None:
        """Check every point of the key and of its verification key.

        Raises:
            UnsafeKey: if the key is forgeable or broken; see ``key_checks``.
        """
        workers = thread_count(threads)
        self.verifying_key.require_safe()
        require_safe_proving_key(
            beta2=self.verifying_key.beta2,
            delta2=self.verifying_key.delta2,
            beta1=self.beta1,
            delta1=self.delta1,
            a=self.a,
            b1=self.b1,
            b2=self.b2,
            c=self.c,
            h=self.h,
            threads=workers,
        )

    @Derived
    def resident(self) -> _kernel.ProvingKey:
        """The key in the kernel's memory, loaded at first use.

        Raises:
            UnsafeKey: if the arrays do not fit together or contain a point that is not on the
                curve.
        """
        import zkcredit._kernel as _kernel

        vk = self.verifying_key
        vk.require_safe()
        try:
            with kernel_errors():
                return _kernel.ProvingKey(
                    self.n_wires,
                    vk.n_public,
                    self.domain_size,
                    self.coefficients,
                    packed.rows(packed.g1_bytes([vk.alpha1])),
                    self.beta1,
                    packed.rows(packed.g2_bytes([vk.beta2])),
                    self.delta1,
                    packed.rows(packed.g2_bytes([vk.delta2])),
                    self.a,
                    self.b1,
                    self.b2,
                    self.c,
                    self.h,
                    default_threads(),
                )
        except InvalidInput as error:
            raise UnsafeKey(f"the proving key is broken: {error}") from error


def verifying_key_from_arrays(
    alpha1: Limbs,
    beta2: Limbs,
    gamma2: Limbs,
    delta2: Limbs,
    ic: Limbs,
    *,
    origin: Origin,
    circuit_digest: str | None,
) -> VerifyingKey:
    """Return a verification key from canonical arrays.

    Raises:
        UnsafeKey: if the key is forgeable or broken.
    """
    from zkcredit.bn254.limbs import g1_from_limbs, g2_from_limbs

    return VerifyingKey(
        alpha1=g1_from_limbs(alpha1.reshape(1, 8))[0],
        beta2=g2_from_limbs(beta2.reshape(1, 16))[0],
        gamma2=g2_from_limbs(gamma2.reshape(1, 16))[0],
        delta2=g2_from_limbs(delta2.reshape(1, 16))[0],
        ic=tuple(g1_from_limbs(ic)),
        origin=origin,
        circuit_digest=circuit_digest,
    )


def _tower_from_powers(c: list[int]) -> tuple[int, ...]:
    # py_ecc writes F_q¹² in powers of w with w¹² = 18w⁶ − 82; in the tower w⁶ = 9 + u. So
    # Σ cᵢwⁱ = Σ_{i<6} (cᵢ + cᵢ₊₆·(9 + u))·wⁱ, and wⁱ = w^(i mod 2)·v^(i div 2).
    from zkcredit.bn254.fields import Q

    return tuple(
        value
        for half in (0, 1)
        for i in (half, half + 2, half + 4)
        for value in ((c[i] + 9 * c[i + 6]) % Q, c[i + 6])
    )
