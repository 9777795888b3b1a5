"""Ceremonies of both phases with secrets that the test chooses, honest or not."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from support.formats import ptau_case
from support.groth16.known_powers import known_powers

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, to_limbs
from zkcredit.formats import zkey
from zkcredit.formats.binfile import Contributor, dump_contributor
from zkcredit.formats.ptau import PtauContribution, PtauFile
from zkcredit.formats.r1cs import loads as load_r1cs
from zkcredit.formats.zkey import Contribution, ZKeyFile
from zkcredit.groth16 import initial_zkey, keyfile, verify_ceremony
from zkcredit.groth16.ceremony.blake2b_state import _IV
from zkcredit.groth16.ceremony.circuit_hash import big_endian
from zkcredit.groth16.ceremony.phase1_chain import first_challenge
from zkcredit.groth16.ceremony.seeded import Seeded, g2_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zkcredit.groth16 import VerifiedCeremony
    from zkcredit.r1cs.system import ConstraintSystem

BEACON = Contributor(True, "end", bytes(range(1, 17)), 10)


def party(number: int) -> Contributor:
    return Contributor(False, f"party {number}")


def beacon_values(made_by: Contributor, count: int) -> tuple[list[int], Limbs]:
    """The secrets of a beacon and its points in G1, (count, 8)."""
    value = made_by.beacon
    for _ in range(1 << made_by.iterations):
        value = hashlib.sha256(value).digest()
    seeded = Seeded(value)
    secrets = [seeded.scalar() for _ in range(count)]
    return secrets, np.concatenate([seeded.g1() for _ in range(count)])


# --- phase 2 ------------------------------------------------------------------------------------

Shown = dict[str, Any]
"""What a contribution shows: delta, g1_s, g1_sx, transcript, g2_sp, g2_spx, made_by, secret."""


def phase2(
    key: ZKeyFile,
    secrets: Sequence[int | Contributor],
    lie: Callable[[int, Shown], None] | None = None,
) -> ZKeyFile:
    """A key after contributions with these secrets, or beacons; C and H are divided once.

    Args:
        key: the initial key.
        secrets: of the contributions.
        lie: may change what contribution i shows, before it is hashed; the steps after it are
            honest about what it left.
    """
    state = hashlib.blake2b(key.circuit_hash)
    steps: list[Contribution] = []
    product = 1
    for i, given in enumerate(secrets):
        made_by = given if isinstance(given, Contributor) else party(i + 1)
        if isinstance(given, Contributor):
            (secret,), g1_s = beacon_values(given, 1)
        else:
            secret, g1_s = given, _kernel.g1_mul_generator(to_limbs([pow(3, i, R) + 5]))
        shown: Shown = {
            "secret": secret, "g1_s": g1_s, "g1_sx": _kernel.g1_mul(g1_s, to_limbs([secret])),
            "delta": _kernel.g1_mul_generator(to_limbs([product * secret % R])),
            "made_by": made_by, "transcript": None, "g2_sp": None, "g2_spx": None,
        }  # fmt: skip
        if lie is not None:
            lie(i, shown)
        product = product * shown["secret"] % R
        pair = np.concatenate([shown["g1_s"], shown["g1_sx"]])
        hasher = state.copy()
        hasher.update(big_endian(pair))
        transcript = shown["transcript"] or hasher.digest()
        g2_sp = g2_points([transcript]) if shown["g2_sp"] is None else shown["g2_sp"]
        g2_spx = shown["g2_spx"]
        if g2_spx is None:
            g2_spx = _kernel.g2_mul(g2_sp, to_limbs([secret]))
        g1 = np.concatenate([shown["delta"], pair])
        state.update(big_endian(g1) + big_endian(g2_spx) + transcript)
        steps.append(
            Contribution.of_parts(
                _kernel.g1_to_mont(g1), _kernel.g2_to_mont(g2_spx)[0], transcript, shown["made_by"]
            )
        )
    return dataclasses.replace(with_delta(key, product), contributions=tuple(steps))


def with_delta(key: ZKeyFile, delta: int) -> ZKeyFile:
    """An initial key whose δ is this, with C and H divided by it."""
    inverse = to_limbs([pow(delta, -1, R)])

    def divided(points: Limbs) -> Limbs:
        plain = keyfile.g1(points)
        return _kernel.g1_to_mont(_kernel.g1_mul(plain, np.repeat(inverse, len(plain), axis=0)))

    return dataclasses.replace(
        key,
        delta1_mont=_kernel.g1_to_mont(_kernel.g1_mul_generator(to_limbs([delta])))[0],
        delta2_mont=_kernel.g2_to_mont(_kernel.g2_mul_generator(to_limbs([delta])))[0],
        c_mont=divided(key.c_mont),
        h_mont=divided(key.h_mont),
    )


# --- phase 1 ------------------------------------------------------------------------------------

Secrets = tuple[int, int, int]


def phase1(
    power: int,
    secrets: Sequence[Secrets | Contributor],
    lie: Callable[[int, Shown], None] | None = None,
) -> PtauFile:
    """Powers of tau after contributions with these factors of τ, α and β, or beacons."""
    steps: list[PtauContribution] = []
    now = [1, 1, 1]
    challenge = first_challenge(power)
    for i, given in enumerate(secrets):
        made_by = given if isinstance(given, Contributor) else party(i + 1)
        if isinstance(given, Contributor):
            factors, g1_s = beacon_values(given, 3)
        else:
            factors = list(given)
            g1_s = _kernel.g1_mul_generator(to_limbs([7 + i, 8 + i, 9 + i]))
        now = [a * b % R for a, b in zip(now, factors, strict=True)]
        pairs = np.stack([g1_s, _kernel.g1_mul(g1_s, to_limbs(factors))], axis=1)
        shown: Shown = {
            "pairs": pairs, "now1": _kernel.g1_mul_generator(to_limbs(now)),
            "now2": _kernel.g2_mul_generator(to_limbs([now[0], now[2]])),
            "challenge": challenge, "spx": None, "made_by": made_by,
            "next": bytes([i % 255 + 1]) * 64,
        }  # fmt: skip
        if lie is not None:
            lie(i, shown)
        pairs = shown["pairs"]
        seeds = [
            hashlib.blake2b(bytes([k]) + shown["challenge"] + big_endian(pairs[k])).digest()
            for k in range(3)
        ]
        spx = shown["spx"]
        if spx is None:
            spx = _kernel.g2_mul(g2_points(seeds), to_limbs(factors))
        waiting = shown["challenge"]
        iv = [_IV[0] ^ 0x01010040, *_IV[1:]]
        state = waiting.ljust(128, b"\0") + struct.pack("<8Q3Q", *iv, 0, len(waiting), 0)
        response = hashlib.blake2b(waiting + big_endian(pairs.reshape(6, 8)) + big_endian(spx))
        challenge = shown["next"]
        if i == len(secrets) - 1 and challenge == bytes([i % 255 + 1]) * 64:
            challenge = _file_challenge(power, now, response.digest())
        parts = [
            shown["now1"][:1], shown["now2"][:1], shown["now1"][1:2], shown["now1"][2:],
            shown["now2"][1:], pairs.reshape(6, 8), spx,
        ]  # fmt: skip
        mont = [
            _kernel.g1_to_mont(p.copy()) if p.shape[1] == 8 else _kernel.g2_to_mont(p.copy())
            for p in parts
        ]
        raw = b"".join(p.tobytes() for p in mont) + state + challenge
        raw += dump_contributor(shown["made_by"])
        rest: tuple[Any, ...] = (*mont, state, challenge, shown["made_by"], raw)
        steps.append(PtauContribution(*rest))
    return known_powers(power, *now, contributions=tuple(steps))


def _file_challenge(power: int, now: list[int], response: bytes) -> bytes:
    file = known_powers(power, *now, prepared=False)
    hasher = hashlib.blake2b(response)
    for name in ("tau_g1", "tau_g2", "alpha_tau_g1", "beta_tau_g1", "beta_g2"):
        plain = _kernel.g2_from_mont if "g2" in name else _kernel.g1_from_mont
        hasher.update(big_endian(plain(getattr(file, f"{name}_mont"))))
    return hasher.digest()


# --- the case -----------------------------------------------------------------------------------


def system() -> ConstraintSystem:
    """The toy circuit."""
    return load_r1cs((ptau_case.FOLDER.parent / "snarkjs_toy" / "toy.r1cs").read_bytes())


@functools.cache
def powers() -> PtauFile:
    """Phase 1 of two parties and a beacon, for the toy circuit."""
    return phase1(4, [(3**90, 5**60, 7**50), (11**40, 13**40, 17**40), BEACON])


@functools.cache
def initial() -> ZKeyFile:
    """The toy circuit's initial key from ``powers``."""
    return initial_zkey(system(), powers())


@functools.cache
def honest() -> bytes:
    """A ``.zkey`` of two parties and a beacon."""
    return zkey.dumps(phase2(initial(), [3**70, 5**55, BEACON]))


def listed_twice() -> bytes:
    """One party's key whose record claims its contribution twice."""
    one = phase2(initial(), [3**70])
    return zkey.dumps(dataclasses.replace(one, contributions=one.contributions * 2))


def verified(
    data: bytes | ZKeyFile, file: PtauFile | None = None, **options: Any
) -> VerifiedCeremony:
    """Verify a key of the toy circuit."""
    raw = zkey.dumps(data) if isinstance(data, ZKeyFile) else data
    return verify_ceremony(keyfile.loads(raw), system(), file or powers(), **options)
