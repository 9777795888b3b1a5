"""The kernel answers py-evm's pairing precompile exactly as py-evm would, and only when asked."""

from __future__ import annotations

import sys

import eth.precompiles
import pytest
from eth_utils import ValidationError
from support.groth16.groth16_toy import outside_subgroup

from zkcredit.bn254 import curve
from zkcredit.bn254.fields import Q, R
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.pairing import kernel_pairing, kernel_pairing_check
from zkcredit.errors import TransactionReverted

MODULE = sys.modules["eth.precompiles.ecpairing"]
PURE = MODULE._ecpairing
PRECOMPILE = "0x0000000000000000000000000000000000000008"
G1, G2 = curve.G1_GENERATOR, curve.G2_GENERATOR
INFINITY1, INFINITY2 = type(G1)(0, 0), type(G2)((0, 0), (0, 0))


def encoded(*pairs):
    words = []
    for p, q in pairs:
        words += [p.x, p.y, q.x[1], q.x[0], q.y[1], q.y[0]]
    return b"".join(int(word).to_bytes(32, "big") for word in words)


EQUATIONS = [
    b"",
    encoded((INFINITY1, G2)),
    encoded((G1, INFINITY2)),
    encoded((G1, G2), (curve.neg(G1), G2)),
    encoded((curve.mul(6, G1), G2), (curve.mul(R - 2, G1), curve.mul(3, G2))),
    encoded((G1, G2)),
    encoded((G1, G2), (G1, G2)),
]
INVALID = [
    encoded((G1, G2))[:-1],
    encoded((type(G1)(G1.x + Q, G1.y), G2)),
    encoded((type(G1)(1, 3), G2)),
    encoded((G1, type(G2)((G2.x[0] + Q, G2.x[1]), G2.y))),
    encoded((G1, type(G2)((1, 2), (3, 4)))),
    encoded((INFINITY1, type(G2)((1, 2), (3, 4)))),
    encoded((type(G1)(0, 1), G2)),
]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(EQUATIONS)))
def test_the_kernel_agrees_with_the_pure_python_pairing(place):
    expected = [True] * 5 + [False] * 2
    assert kernel_pairing_check(EQUATIONS[place]) is expected[place]
    assert PURE(EQUATIONS[place]) is expected[place]


@pytest.mark.parametrize("place", range(len(INVALID)))
def test_what_is_no_pair_of_points_is_invalid(place):
    with pytest.raises(ValidationError):
        kernel_pairing_check(INVALID[place])


def test_a_twist_point_outside_the_subgroup_is_invalid_for_both():
    data = encoded((G1, outside_subgroup()))
    for check in (kernel_pairing_check, PURE):
        with pytest.raises(ValidationError):
            check(data)


def test_the_route_is_in_place_only_inside_its_block():
    with kernel_pairing():
        assert MODULE._ecpairing is kernel_pairing_check
        with kernel_pairing():
            pass
        assert MODULE._ecpairing is kernel_pairing_check
    assert MODULE._ecpairing is PURE
    with pytest.raises(KeyError), kernel_pairing():
        raise KeyError
    assert MODULE._ecpairing is PURE
    assert eth.precompiles.ecpairing is not None


def test_each_node_has_its_own_choice(monkeypatch):
    asked = []
    monkeypatch.setattr(MODULE, "_ecpairing", lambda data: asked.append("python") or True)
    monkeypatch.setattr(
        "zkcredit.chain.nodes.pairing.kernel_pairing_check",
        lambda data: asked.append("kernel") or True,
    )
    with EmbeddedNode(pairing="python") as pure, EmbeddedNode() as native:
        for node in (pure, native, pure):
            assert int.from_bytes(node.call(PRECOMPILE, b""), "big") == 1
    assert asked == ["python", "kernel", "python"]


def test_an_invalid_point_fails_the_precompile_on_chain():
    with EmbeddedNode() as node:
        assert int.from_bytes(node.call(PRECOMPILE, EQUATIONS[3]), "big") == 1
        assert int.from_bytes(node.call(PRECOMPILE, EQUATIONS[5]), "big") == 0
        for data in INVALID:
            with pytest.raises(TransactionReverted):
                node.call(PRECOMPILE, data)
