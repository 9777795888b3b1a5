"""Signatures of accounts: what other libraries sign, and the one form that is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_keys import KeyAPI
from eth_keys.backends import CoinCurveECCBackend, NativeECCBackend
from py_ecc.secp256k1 import secp256k1 as curve

from zkcredit._internal import secp256k1
from zkcredit._internal.evm import keccak256
from zkcredit.errors import InvalidInput

N = curve.N
KEYS = [b"\0" * 31 + b"\1", bytes(range(32)), (N - 1).to_bytes(32, "big")]
DIGESTS = [keccak256(bytes([n])) for n in range(3)]


def _bytes(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


GOOD = secp256k1.sign(DIGESTS[0], KEYS[1])
R, S, V = int.from_bytes(GOOD[:32], "big"), int.from_bytes(GOOD[32:64], "big"), GOOD[64]


@pytest.fixture(params=[CoinCurveECCBackend, NativeECCBackend], autouse=True)
def _backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With coincurve and without it: it has no wheel for every Python."""
    monkeypatch.setattr(secp256k1, "_keys", lambda: KeyAPI(request.param()))
    secp256k1._recovered.cache_clear()


@pytest.mark.parametrize("key", KEYS, ids=["least", "some", "greatest"])
def test_another_library_signs_the_same(key: bytes) -> None:
    assert secp256k1.address_of(key) == Account.from_key(key).address
    for digest in DIGESTS:
        v, r, s = curve.ecdsa_raw_sign(digest, key)
        ours = secp256k1.sign(digest, key)
        assert ours == _bytes(r, s, v)
        assert secp256k1.signer_of(digest, ours) == secp256k1.address_of(key)
        assert int.from_bytes(ours[32:64], "big") <= N // 2


def test_another_digest_has_another_signer() -> None:
    assert secp256k1.signer_of(DIGESTS[1], GOOD) != secp256k1.address_of(KEYS[1])


@pytest.mark.parametrize(
    "signature",
    [
        b"", GOOD[:-1], GOOD + b"\0", GOOD.hex(), bytearray(GOOD), None,
        _bytes(R, N - S, 55 - V), _bytes(R, S, V - 27), _bytes(R, S, 26), _bytes(R, S, 29),
        _bytes(0, S, V), _bytes(R, 0, V), _bytes(N, S, V), _bytes(R, N, V),
        _bytes(5, S, V),  # 5^3 + 7 is not a square
    ],
)  # fmt: skip
def test_what_is_not_the_one_form_of_a_signature_has_no_signer(signature: Any) -> None:
    assert secp256k1.signer_of(DIGESTS[0], signature) is None


def test_a_small_r_has_no_second_spelling() -> None:
    """Some libraries take r + n for r where both are below 2^256."""
    r = next(r for r in range(1, 99) if _is_coordinate(r))
    assert secp256k1.signer_of(DIGESTS[0], _bytes(r, 1, 27)) is not None
    assert secp256k1.signer_of(DIGESTS[0], _bytes(r + N, 1, 27)) is None


def _is_coordinate(x: int) -> bool:
    return pow(x**3 + 7, (curve.P - 1) // 2, curve.P) == 1


def test_half_of_the_order_is_the_highest_s() -> None:
    highest = N // 2
    assert secp256k1.signer_of(DIGESTS[0], _bytes(R, highest, V)) is not None
    assert secp256k1.signer_of(DIGESTS[0], _bytes(R, highest + 1, V)) is None


def test_the_point_at_infinity_owns_nothing() -> None:
    """With R = k·G and s = z / k the recovered key is infinity, which some write as (0, 0)."""
    z, k = int.from_bytes(DIGESTS[0], "big"), 7
    x, y = curve.multiply(curve.G, k)
    s = z * pow(k, -1, N) % N
    parity = y % 2
    if s > N // 2:  # -R instead
        s, parity = N - s, 1 - parity
    assert secp256k1.signer_of(DIGESTS[0], _bytes(x, s, 27 + parity)) is None


@pytest.mark.parametrize("key", [b"", bytes(32), N.to_bytes(32, "big"), b"\1" * 31, "1" * 32, None])
def test_what_is_not_a_private_key_is_refused_and_not_shown(key: Any) -> None:
    for use in (secp256k1.address_of, lambda key: secp256k1.sign(DIGESTS[0], key)):
        with pytest.raises(InvalidInput, match="a private key must be 32 bytes") as caught:
            use(key)
        assert repr(key) not in str(caught.value) or not key
