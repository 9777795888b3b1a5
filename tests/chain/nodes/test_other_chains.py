"""Chains whose blocks and methods differ from those of Ethereum's main chain."""

from __future__ import annotations

import pytest
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain import connect
from zkcredit.errors import ChainError


@pytest.mark.parametrize("length", [0, 32, 33, 97, 517, 5000])
def test_a_chain_with_proof_of_authority_is_used_like_another(length):
    answers = {"eth_getBlockByNumber": block(extraData="0x" + "d9" * length)}
    with scripted_node(answers) as server:
        node = connect(server.url)
        assert node.chain_id == 137
        assert node.now() == 0x6B49D200
        assert node.fees() == (3 * 10**9, 10**9)


def test_a_chain_without_base_fees_is_paid_the_tip():
    with scripted_node({"eth_getBlockByNumber": block(baseFeePerGas=None)}) as server:
        assert connect(server.url).fees() == (10**9, 10**9)


def test_a_node_without_the_method_for_tips_is_asked_for_its_gas_price():
    missing = {"error": {"code": -32601, "message": "the method does not exist"}}
    answers = {"eth_maxPriorityFeePerGas": missing, "eth_gasPrice": "0x77359400"}
    with scripted_node(answers) as server:
        assert connect(server.url).fees() == (3 * 10**9, 10**9)
    answers["eth_getBlockByNumber"] = block(baseFeePerGas=None)
    with scripted_node(answers) as server:
        assert connect(server.url).fees() == (2 * 10**9, 2 * 10**9)


def test_a_node_that_refuses_to_name_fees_is_an_error():
    refused = {"error": {"code": -32000, "message": "overloaded"}}
    answers = {"eth_maxPriorityFeePerGas": refused, "eth_gasPrice": refused}
    with scripted_node(answers) as server:
        node = connect(server.url)
        with pytest.raises(ChainError, match="overloaded"):
            node.fees()
