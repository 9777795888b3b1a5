"""The contract refuses the keys that the library refuses, and accepts the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_abi import encode
from support.chain.plain_anvil import plain_anvil
from support.published.vector_verdicts import NATIVE, cases, load

from zkcredit.chain.contracts.reverts import decode_revert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web3 import Web3

pytestmark = [pytest.mark.node, pytest.mark.slow]

REASONS = {
    "CoordinateOutOfRange": "KeyPointInvalid",
    "EqualInputPoints": "KeyInputsDependent",
    "GeneratorPoint": "KeyForgeable",
    "Infinity": "KeyPointInvalid",
    "NotOnCurve": "KeyPointInvalid",
    "OutsideSubgroup": "KeyPointInvalid",
    "RelatedPoints": "KeyForgeable",
}


@pytest.fixture(scope="module")
def web3(foundry: dict[str, Path]) -> Iterator[Web3]:
    with plain_anvil(foundry["anvil"]) as connected:
        yield connected


def refusal(web3: Web3, bytecode: str, key: bytes) -> str:
    """The error with which a deployment of this key ends; "" if it succeeds."""
    data = bytecode + encode(["bytes"], [key]).hex()
    answer: Any = web3.provider.make_request(
        "eth_call",  # type: ignore[arg-type]
        [{"data": data, "gas": hex(16_000_000)}, "latest"],
    )
    if "result" in answer:
        return ""
    return decode_revert(bytes.fromhex(answer["error"]["data"].removeprefix("0x")))[0]


def test_contract_and_library_say_the_same(web3: Web3, artifacts: dict[str, Any]) -> None:
    bytecode = artifacts["Groth16Verifier"]["bytecode"]
    seen = set()
    for kind, test in cases(load("groth16_bn254_keys.json")):
        expected = REASONS[test["flags"][0]] if test["flags"] else ""
        found = refusal(web3, bytecode, bytes.fromhex(test["encoded"]))
        assert found == expected, test["comment"]
        assert NATIVE[kind](test) == (found == ""), test["comment"]
        seen |= {*test["flags"]}
    assert seen == REASONS.keys()
