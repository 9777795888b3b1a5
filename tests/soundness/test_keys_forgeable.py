"""Keys under which anybody forges. Each forgery is run, so that the refusal is seen to matter.

Incidents: Veil Cash, FOOM Cash and Zeto's verifiers had γ = δ (no phase-2 contribution).
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g

from zkcredit import _kernel
from zkcredit.bn254 import Q, R
from zkcredit.bn254.curve import add, mul, neg, pairing_product_is_one
from zkcredit.bn254.limbs import g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    G1Point,
    G2Point,
)
from zkcredit.errors import InvalidInput, InvalidProof, MalformedFile, UnsafeKey
from zkcredit.formats import r1cs, zkey
from zkcredit.groth16 import (
    Proof,
    VerifyingKey,
    keyfile,
    prove,
    reference,
    require_deployable,
    setup,
    verify,
)
from zkcredit.groth16.trust import DEV_ALPHA1

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC = [4, 5, 6]
LOADED = g.ceremony_key()


@dataclasses.dataclass(frozen=True)
class RawKey:
    """A verification key that nobody checked."""

    alpha1: G1Point
    beta2: G2Point
    gamma2: G2Point
    delta2: G2Point
    ic: tuple[G1Point, ...]

    def commitment(self, public: list[int]) -> G1Point:
        total = self.ic[0]
        for value, point in zip(public, self.ic[1:], strict=True):
            total = add(total, mul(value, point))
        return total

    def equation_holds(self, proof: Proof, public: list[int]) -> bool:
        """Whether the equation holds, the key unchecked; py_ecc and the kernel must agree."""
        pairs = [
            (neg(proof.a), proof.b),
            (self.alpha1, self.beta2),
            (self.commitment(public), self.gamma2),
            (proof.c, self.delta2),
        ]
        slow = pairing_product_is_one(pairs)
        fast = _kernel.pairing_product_is_one(
            g1_to_limbs(p for p, _ in pairs), g2_to_limbs(q for _, q in pairs)
        )
        assert slow == fast
        return slow

    def native_accepts(self, proof: Proof, public: list[int]) -> bool:
        key = _kernel.VerifyingKey(
            g1_to_limbs([self.alpha1])[0],
            g2_to_limbs([self.beta2])[0],
            g2_to_limbs([self.gamma2])[0],
            g2_to_limbs([self.delta2])[0],
            g1_to_limbs(self.ic),
        )
        return key.verify(
            g1_to_limbs([proof.a])[0],
            g2_to_limbs([proof.b])[0],
            g1_to_limbs([proof.c])[0],
            to_limbs(public),
        )

    def checked(self, **changes: Any) -> VerifyingKey:
        return VerifyingKey(**{**dataclasses.asdict(self), **_points(self), **changes})


def _points(key: RawKey) -> dict[str, Any]:
    # asdict takes named tuples apart; the points are wanted whole.
    return {f.name: getattr(key, f.name) for f in dataclasses.fields(key)}


def uncontributed() -> RawKey:
    """What ``snarkjs groth16 setup`` leaves when nobody contributes."""
    file = zkey.loads(toy.data("uncontributed.zkey"))

    def g1(points: Any) -> list[G1Point]:
        return g1_from_limbs(_kernel.g1_from_mont(np.array(points).reshape(-1, 8)))

    def g2(point: Any) -> G2Point:
        return g2_from_limbs(_kernel.g2_from_mont(np.array(point).reshape(1, 16)))[0]

    return RawKey(
        g1(file.alpha1_mont)[0],
        g2(file.beta2_mont),
        g2(file.gamma2_mont),
        g2(file.delta2_mont),
        tuple(g1(file.ic_mont)),
    )


def synthetic(**changes: Any) -> RawKey:
    """Points without known relations, but for the ones that a test asks for."""
    good = RawKey(
        mul(11, G1_GENERATOR),
        mul(222, G2_GENERATOR),
        mul(3333, G2_GENERATOR),
        mul(44444, G2_GENERATOR),
        tuple(mul(k, G1_GENERATOR) for k in (7, 77, 777, 7777)),
    )
    return dataclasses.replace(good, **changes)


def forge_delta_is_gamma(key: RawKey) -> Proof:
    return Proof(key.alpha1, key.beta2, neg(key.commitment(PUBLIC)))


def forge_delta_is_minus_gamma(key: RawKey) -> Proof:
    return Proof(key.alpha1, key.beta2, key.commitment(PUBLIC))


def forge_beta_is_delta(key: RawKey) -> Proof:
    return Proof(key.commitment(PUBLIC), key.gamma2, neg(key.alpha1))


def forge_beta_is_minus_delta(key: RawKey) -> Proof:
    return Proof(key.commitment(PUBLIC), key.gamma2, key.alpha1)


def forge_beta_is_gamma(key: RawKey) -> Proof:
    a = add(key.alpha1, key.commitment(PUBLIC))
    return Proof(a, add(key.beta2, key.delta2), a)  # re-randomised from C = infinity


def forge_beta_is_minus_gamma(key: RawKey) -> Proof:
    a = add(key.alpha1, neg(key.commitment(PUBLIC)))
    return Proof(a, add(key.beta2, key.delta2), a)


GOOD = synthetic()
FORGERIES: list[tuple[RawKey, Callable[[RawKey], Proof]]] = [
    (uncontributed(), lambda key: Proof(key.alpha1, key.beta2, neg(key.commitment([4, 5, 6])))),
    (synthetic(delta2=GOOD.gamma2), forge_delta_is_gamma),
    (synthetic(delta2=neg(GOOD.gamma2)), forge_delta_is_minus_gamma),
    (synthetic(delta2=GOOD.beta2), forge_beta_is_delta),
    (synthetic(delta2=neg(GOOD.beta2)), forge_beta_is_minus_delta),
    (synthetic(gamma2=GOOD.beta2), forge_beta_is_gamma),
    (synthetic(gamma2=neg(GOOD.beta2)), forge_beta_is_minus_gamma),
]
IDS = ["uncontributed", "δ=γ", "δ=-γ", "β=δ", "β=-δ", "β=γ", "β=-γ"]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "forge"), FORGERIES, ids=IDS)
def test_the_forgery_satisfies_the_unchecked_equation(
    key: RawKey, forge: Callable[[RawKey], Proof]
) -> None:
    proof = forge(key)
    assert key.equation_holds(proof, PUBLIC)
    assert key.native_accepts(proof, PUBLIC)
    assert not key.equation_holds(proof, [4, 5, 7])


@pytest.mark.parametrize(("key", "forge"), FORGERIES, ids=IDS)
def test_a_forgeable_key_cannot_be_made(key: RawKey, forge: Callable[[RawKey], Proof]) -> None:
    with pytest.raises(UnsafeKey, match="forge"):
        key.checked()


def test_a_forgeable_file_is_refused_on_load() -> None:
    with pytest.raises(UnsafeKey, match="gamma2 = ±delta2"):
        keyfile.loads(toy.data("uncontributed.zkey"))
    with pytest.raises(UnsafeKey, match="gamma2 = ±delta2"):
        keyfile.loads(toy.data("uncontributed.zkey"), check_points=False)


def test_a_forgeable_document_is_refused_on_load() -> None:
    document = json.loads(toy.text("verification_key.json"))
    document["vk_delta_2"] = document["vk_gamma_2"]
    with pytest.raises(UnsafeKey, match="gamma2 = ±delta2"):
        VerifyingKey.from_json(json.dumps(document), origin="ceremony")


def test_a_key_that_is_changed_after_its_check_is_refused_on_export_and_deployment() -> None:
    key = synthetic().checked(origin="ceremony")
    object.__setattr__(key, "delta2", key.gamma2)
    with pytest.raises(UnsafeKey):
        require_deployable(key, 31337)
    proving = dataclasses.replace(LOADED, verifying_key=key)
    for use in (
        key.to_json,
        lambda: prove(proving, g.WITNESS),
        lambda: keyfile.dumps(proving),
        lambda: verify(key, PUBLIC, forge_delta_is_gamma(synthetic(delta2=GOOD.gamma2))),
    ):
        with pytest.raises(UnsafeKey):
            use()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha1", G1_GENERATOR),
        ("alpha1", neg(G1_GENERATOR)),
        ("alpha1", G1_INFINITY),
        ("alpha1", G1Point(1, 3)),
        ("alpha1", G1Point(Q + 1, 2)),
        ("alpha1", G1Point(True, 2)),
        ("alpha1", G1Point(1.0, 2)),  # type: ignore[arg-type]
        ("alpha1", G2_GENERATOR),
        ("alpha1", (1, 2)),
        ("alpha1", None),
        ("beta2", G2_GENERATOR),
        ("beta2", neg(G2_GENERATOR)),
        ("beta2", G2_INFINITY),
        ("beta2", g.outside_subgroup()),
        ("beta2", add(GOOD.beta2, mul(R, g.outside_subgroup()))),
        ("beta2", G2Point((1, 2), (3, 4))),
        ("beta2", G2Point(5, 6)),  # type: ignore[arg-type]
        ("beta2", G2Point((1, 2, 3), (4,))),  # type: ignore[arg-type]
        ("gamma2", G2_INFINITY),
        ("gamma2", g.outside_subgroup()),
        ("delta2", G2_GENERATOR),
        ("delta2", neg(G2_GENERATOR)),
        ("delta2", G2_INFINITY),
        ("delta2", g.outside_subgroup()),
        ("delta2", GOOD.delta2._replace(x=(GOOD.delta2.x[0] + Q, GOOD.delta2.x[1]))),
        ("ic", ()),
        ("ic", (G1_INFINITY, *GOOD.ic[1:])),
        ("ic", (*GOOD.ic[:2], G1_INFINITY, GOOD.ic[3])),  # a public input optimised away
        ("ic", (*GOOD.ic[:3], G1Point(1, 3))),
        ("ic", (*GOOD.ic[:3], "point")),
    ],
)
def test_a_broken_key_cannot_be_made(name: str, value: Any) -> None:
    with pytest.raises(UnsafeKey):
        GOOD.checked(**{name: value})


def test_gamma_as_the_generator_is_normal() -> None:
    assert g.verifying_key().gamma2 == G2_GENERATOR


def edited(section: int, offset: int, new: bytes) -> bytes:
    return toy.edited(toy.data("ceremony.zkey"), section, offset, new)


@pytest.mark.parametrize(
    ("section", "offset", "match"),
    [
        (2, 84, "alpha1"),
        (2, 84 + 64, "beta1"),
        (2, 84 + 128, "beta2"),
        (2, 84 + 256, "gamma2"),
        (2, 84 + 448, "delta2"),
        (3, 0, "ic"),
        (5, 64, "of a "),
        (6, 0, "of b1"),
        (7, 0, "of b2"),
        (8, 0, "of c"),
        (9, 64, "of h"),
    ],
)
def test_a_point_off_its_curve_is_refused_on_load(section: int, offset: int, match: str) -> None:
    parts = dict(toy.sections(toy.data("ceremony.zkey")))
    size = 128 if section == 7 else 64
    while not any(parts[section][offset : offset + size]):
        offset += size  # infinity is allowed there
    flipped = bytes([parts[section][offset] ^ 1])
    with pytest.raises(UnsafeKey, match=match):
        keyfile.loads(edited(section, offset, flipped))


def test_a_proving_key_with_a_point_outside_the_subgroup_is_refused() -> None:
    b2 = LOADED.b2.copy()
    index = int(np.flatnonzero(b2.any(axis=1))[0])
    b2[index] = g2_to_limbs([g.outside_subgroup()])[0]
    with pytest.raises(UnsafeKey, match="b2"):
        dataclasses.replace(LOADED, b2=b2).require_safe()


@pytest.mark.parametrize("name", ["beta1", "delta1"])
def test_elements_of_both_groups_must_be_the_same_multiple(name: str) -> None:
    other = g1_to_limbs([mul(5, G1_GENERATOR)])[0]
    with pytest.raises(UnsafeKey, match=f"{name[:-1]}1 and"):
        dataclasses.replace(LOADED, **{name: other}).require_safe()


@pytest.mark.parametrize("name", ["a", "b1", "b2", "c", "h"])
def test_arrays_that_do_not_fit_together_are_refused(name: str) -> None:
    key = dataclasses.replace(LOADED, **{name: getattr(LOADED, name)[:-1]})
    with pytest.raises(UnsafeKey, match="broken"):
        key.resident  # noqa: B018


@pytest.mark.parametrize("chain_id", [1, 10, 8453, 11155111, 17000, 31338, 2**64])
@pytest.mark.parametrize("origin", ["dev", "single-party"])
def test_public_chains_refuse_keys_of_one_party(chain_id: int, origin: Any) -> None:
    with pytest.raises(UnsafeKey, match=origin):
        require_deployable(GOOD.checked(origin=origin), chain_id)


@pytest.mark.parametrize("chain_id", [1337, 31337, 131277322940537])
def test_local_chains_take_any_safe_key(chain_id: int) -> None:
    for origin in ("dev", "single-party", "claimed", "ceremony"):
        require_deployable(GOOD.checked(origin=origin), chain_id)


@pytest.mark.parametrize("chain_id", [1, 10, 8453, 11155111, 17000, 31338, 2**64])
@pytest.mark.parametrize("origin", ["claimed", "ceremony"])
def test_public_chains_refuse_keys_that_nobody_stands_for(chain_id: int, origin: Any) -> None:
    with pytest.raises(UnsafeKey, match="nobody vouches for it"):
        require_deployable(GOOD.checked(origin=origin), chain_id)


@pytest.mark.parametrize("chain_id", [0, -1, True, "1", 1.0, None])
def test_a_strange_chain_id_is_refused(chain_id: Any) -> None:
    with pytest.raises(InvalidInput):
        require_deployable(GOOD.checked(origin="ceremony"), chain_id)


def test_a_dev_key_without_its_mark_is_still_a_dev_key() -> None:
    document = json.loads(g.dev_key().verifying_key.to_json())
    del document["zkcredit"]
    key = VerifyingKey.from_json(json.dumps(document), origin="ceremony")
    assert key.origin == "dev"
    assert GOOD.checked(alpha1=DEV_ALPHA1, origin="ceremony").origin == "dev"
    data = keyfile.dumps(g.dev_key())
    parts = [(n, b) for n, b in toy.sections(data) if n != zkey.MARK_SECTION]
    assert keyfile.loads(toy.join(data, parts)).origin == "dev"
    with pytest.raises(UnsafeKey, match="dev key"):
        require_deployable(key, 1)


@pytest.mark.slow
def test_everybody_forges_under_a_dev_key_as_its_name_says() -> None:
    _, alpha, beta, gamma, delta = setup.dev_trapdoor(r1cs.digest(g.SYSTEM))
    vk = g.dev_key().verifying_key
    false_claim = [1, 2, 3]
    raw = RawKey(vk.alpha1, vk.beta2, vk.gamma2, vk.delta2, vk.ic)
    # C = (αβ·(s² − 1) − γ·IC)/δ for A = sα, B = sβ
    inverse = pow(delta, -1, R)
    c = add(
        mul(alpha * beta * 8 % R * inverse % R, G1_GENERATOR),
        mul(-gamma * inverse % R, raw.commitment(false_claim)),
    )
    proof = Proof(mul(3, vk.alpha1), mul(3, vk.beta2), c)
    verify(vk, false_claim, proof)
    reference.verify(vk, false_claim, proof)


SHIPPED = sorted((Path(__file__).parents[2] / "circuits").glob("*/verification_key.json"))


@pytest.mark.parametrize(
    "text",
    [p.read_text() for p in SHIPPED] + [toy.text("verification_key.json")],
    ids=[p.parent.name for p in SHIPPED] + ["toy"],
)
def test_the_known_forgeries_fail_under_every_key_that_we_ship(text: str) -> None:
    vk = VerifyingKey.from_json(text)
    public = [4] * vk.n_public
    raw = RawKey(vk.alpha1, vk.beta2, vk.gamma2, vk.delta2, vk.ic)
    commitment = raw.commitment(public)
    a, beta, gamma = raw.alpha1, raw.beta2, raw.gamma2
    for proof in (
        Proof(a, beta, neg(commitment)),
        Proof(a, beta, commitment),
        Proof(commitment, gamma, neg(a)),
        Proof(commitment, gamma, a),
        Proof(add(a, commitment), add(beta, raw.delta2), add(a, commitment)),
        Proof(a, beta, G1_INFINITY),
    ):
        assert not raw.native_accepts(proof, public)
        with pytest.raises((InvalidProof, MalformedFile)), _quiet():
            verify(vk, public, proof)


def _quiet() -> Any:
    import warnings

    return warnings.catch_warnings(action="ignore")
