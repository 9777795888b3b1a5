"""A loan's context and a bureau's scope, against eth_abi and eth_utils, which are not ours."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.request import bureau_scope, proof_context

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
words = st.integers(0, 2**256 - 1)

GOOD = {
    "chain_id": 31337,
    "gate": "0x" + "11" * 20,
    "market": "0x" + "44" * 20,
    "borrower": "0x" + "22" * 20,
    "product_id": 1,
    "principal": 250_000,
    "purpose_code": 0,
    "terms_hash": bytes(32),
    "nonce": 0,
    "deadline": 1_790_000_000,
}


@given(
    words, st.tuples(addresses, addresses, addresses), words, words, st.integers(0, 2**16 - 1),
    st.binary(min_size=32, max_size=32), words, words,
)  # fmt: skip
def test_context_is_keccak_of_abi_encode(
    chain, people, product, principal, purpose, terms, nonce, deadline
):
    gate, market, borrower = people
    types = ["uint256", *["address"] * 3, *["uint256"] * 3, "bytes32", "uint256", "uint256"]
    encoded = encode(types, [chain, *people, product, principal, purpose, terms, nonce, deadline])
    expected = int.from_bytes(keccak(encoded), "big") >> 8
    assert expected < 2**248 < R
    assert expected == proof_context(
        chain_id=chain,
        gate=gate,
        market=market,
        borrower=borrower,
        product_id=product,
        principal=principal,
        purpose_code=purpose,
        terms_hash=terms,
        nonce=nonce,
        deadline=deadline,
    )


@given(words, addresses)
def test_scope_is_keccak_of_abi_encode(chain, bureau):
    encoded = encode(["string", "uint256", "address"], ["zkcredit.bureau", chain, bureau])
    expected = int.from_bytes(keccak(encoded), "big") >> 8
    assert bureau_scope(chain_id=chain, bureau=bureau) == expected


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_argument_takes_part_in_the_context(name):
    value = GOOD[name]
    if isinstance(value, int):
        other: object = value + 1
    elif isinstance(value, bytes):
        other = b"\1" + value[1:]
    else:
        other = "0x" + "33" * 20
    assert proof_context(**GOOD) != proof_context(**{**GOOD, name: other})


def test_scopes_of_two_bureaus_and_of_two_chains_differ():
    one = bureau_scope(chain_id=1, bureau="0x" + "11" * 20)
    assert len({one, bureau_scope(chain_id=2, bureau="0x" + "11" * 20)}) == 2
    assert len({one, bureau_scope(chain_id=1, bureau="0x" + "12" * 20)}) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"gate": "11" * 20},
        {"gate": "0x" + "11" * 19},
        {"gate": "0x" + "11" * 21},
        {"gate": "0x" + "1g" * 20},
        {"gate": b"\x11" * 20},
        {"gate": None},
        {"gate": "0x" + "١" * 40},
        {"borrower": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD".replace("5aA", "5aa")},
        {"terms_hash": bytes(31)},
        {"terms_hash": bytes(33)},
        {"terms_hash": "0x" + "00" * 32},
        {"terms_hash": 0},
        {"chain_id": "1"},
        {"chain_id": True},
        {"nonce": 1.0},
        {"principal": None},
    ],
)
def test_malformed_arguments_are_refused(change):
    with pytest.raises(InvalidInput):
        proof_context(**{**GOOD, **change})


@pytest.mark.parametrize("name", ["chain_id", "product_id", "principal", "nonce", "deadline"])
@pytest.mark.parametrize("value", [-1, 2**256])
def test_numbers_outside_a_word_are_refused(name, value):
    with pytest.raises(OutOfRange):
        proof_context(**{**GOOD, name: value})


@pytest.mark.parametrize("value", [-1, 2**16])
def test_a_purpose_is_a_code_of_sixteen_bits(value):
    with pytest.raises(OutOfRange):
        proof_context(**{**GOOD, "purpose_code": value})


def test_both_cases_and_the_checksum_name_the_same_address():
    plain = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    upper = "0x" + plain[2:].upper()
    mixed = to_checksum_address(plain)
    assert len({bureau_scope(chain_id=1, bureau=a) for a in (plain, upper, mixed)}) == 1
