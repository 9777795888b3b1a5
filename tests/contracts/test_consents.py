"""Consents are typed data as wallets sign them, and the contract takes what a wallet signed."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from eth_abi import encode
from eth_account import Account
from support.contracts.engine_world import world

from zkcredit.chain.contracts.abi import signature_hash
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.errors import TransactionReverted

KEY = (0xB0B).to_bytes(32)
WHO = Account.from_key(KEY).address
MARKET = "0x" + "3a" * 20
PRODUCT = "0x" + "7a" * 20
NONCE, FAR = 9, 2**40
CONSENT = "(address,uint256,uint256,bytes)"
DEEDS: dict[str, tuple[tuple[str, ...], tuple[Any, ...], dict[str, str]]] = {
    "Application": (
        ("address", "uint256", "uint16"), (PRODUCT, 100_000, 7),
        {"market": "address", "borrower": "address", "product": "address",
         "principal": "uint256", "purpose": "uint16"},
    ),
    "Holiday": (
        ("uint256",), (5,), {"market": "address", "borrower": "address", "loanId": "uint256"},
    ),
    "Restructuring": (
        ("uint256", "address", "uint256"), (5, PRODUCT, 100_000),
        {"market": "address", "signer": "address", "loanId": "uint256", "product": "address",
         "limit": "uint256"},
    ),
}  # fmt: skip
"""Deed → the types of the call, its arguments, and the words of the typed data."""


@cache
def consents() -> str:
    return world().create(artifact("Consents").bytecode)


def signature(deed: str, **changes: Any) -> bytes:
    """What a wallet signs: the typed data, perhaps with something changed."""
    _, arguments, words = DEEDS[deed]
    types = words | {"series": "uint256", "nonce": "uint256", "deadline": "uint256"}
    values = [MARKET, WHO, *arguments, 0, NONCE, FAR]
    domain = {
        "name": "zkcredit consents", "version": "1",
        "chainId": world().node.chain_id, "verifyingContract": consents(),
    }  # fmt: skip
    message = dict(zip(types, values, strict=True)) | {
        name: value for name, value in changes.items() if name in types
    }
    domain |= {name: value for name, value in changes.items() if name in domain}
    fields = {deed: [{"name": name, "type": kind} for name, kind in types.items()]}
    signed = Account.sign_typed_data(
        KEY, domain_data=domain, message_types=fields, message_data=message
    )
    return bytes(signed.signature)


def taken(deed: str, given: bytes) -> str:
    """The contract's refusal of a consent that the market carries, or nothing."""
    types, arguments, _ = DEEDS[deed]
    inputs = (CONSENT, *types)
    data = signature_hash(f"take{deed}", inputs)[:4]
    data += encode(inputs, ((WHO, NONCE, FAR, given), *arguments))
    try:
        world().node.call(consents(), data, sender=MARKET)
    except TransactionReverted as error:
        return error.error
    return ""


@pytest.mark.parametrize("deed", DEEDS)
def test_a_signature_of_eth_account_is_taken(deed: str) -> None:
    assert taken(deed, signature(deed)) == ""


@pytest.mark.parametrize(
    ("deed", "name"),
    [(deed, name) for deed, (_, _, words) in DEEDS.items()
     for name in (*words, "series", "nonce", "deadline", "chainId", "verifyingContract")],
)  # fmt: skip
def test_each_word_is_signed(deed: str, name: str) -> None:
    kind = DEEDS[deed][2].get(name, "address" if name == "verifyingContract" else "uint256")
    other = "0x" + "99" * 20 if kind == "address" else 99
    assert taken(deed, signature(deed, **{name: other})) == "ConsentInvalid"


@pytest.mark.parametrize(("name", "value"), [("name", "zkcredit"), ("version", "2")])
def test_the_domain_is_signed(name: str, value: str) -> None:
    assert taken("Holiday", signature("Holiday", **{name: value})) == "ConsentInvalid"


@pytest.mark.parametrize("deed", DEEDS)
def test_a_consent_to_another_deed_is_refused(deed: str) -> None:
    for other in DEEDS.keys() - {deed}:
        assert taken(deed, signature(other)) == "ConsentInvalid"


def test_the_contract_is_small(artifacts: dict[str, Any]) -> None:
    assert len(artifacts["Consents"]["deployedBytecode"]) // 2 - 1 <= 3_500
    assert len(artifacts["CreditBureau"]["deployedBytecode"]) // 2 - 1 <= 9_900
    assert len(artifacts["HistoryTree"]["deployedBytecode"]) // 2 - 1 <= 5_400
