"""The same signed transactions on every node that every machine has: the same logs and storage.

``make nodes`` adds go-ethereum, where it can be built; ``make long PART=nodes`` lives more lives.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from support.chain import go_ethereum
from support.chain.node_copies import AnvilCopy
from support.chain.node_rounds import (
    asked_together,
    away_and_back,
    copies_of,
    reorganised_on,
    same_on_py_evm,
)
from support.chain.one_life import as_lived, live, storage_root
from support.chain.reorganised_life import FATES

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.errors import NodeUnavailable

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def life():
    return live()


@pytest.fixture
def copy(tmp_path):
    with AnvilCopy(tmp_path) as copy:
        yield copy


def test_a_life_has_what_there_is_to_compare(life):
    names = [name for flow in life.told["flows"] for name, _ in flow]
    assert {"funding", "drawing", "repayment", "withdrawal"} <= set(names)
    assert [loan.status.name for loan in life.told["loans"]] == ["REPAID", "DEFAULTED"]
    assert min(life.counts.values()) > 10
    assert all(fate[0] for made in life.blocks for fate in made.fates)


def test_py_evm_has_the_same_logs_and_storage(life):
    same_on_py_evm(life)


@pytest.mark.node
def test_two_anvils_have_the_same_though_one_was_stopped_and_behind(life):
    with copies_of() as (first, second):
        as_lived(first, life)
        away_and_back(first, second, life)


@pytest.mark.node
def test_two_nodes_that_disagree_are_an_error(life):
    market, ask = life.deployment.market, abi_of("LoanMarket").encode("loanCount")
    cases = (
        ("eth_getBalance", "anvil_setBalance", (market, "0x5"), lambda node: node.balance(market)),
        ("eth_call", "anvil_setCode", (market, "0x00"), lambda node: node.call(market, ask)),
        ("eth_getCode", "anvil_setCode", (market, "0x00"), lambda node: node.code(market)),
    )
    with copies_of() as (first, second), closing(asked_together(first, second)) as both:
        for copy in (first, second):
            as_lived(copy, life)
        for method, change, arguments, question in cases:
            question(both)
            before = second.ask("evm_snapshot")
            second.ask(change, *arguments)
            with pytest.raises(NodeUnavailable, match=f"{method} differently from node 1"):
                question(both)
            assert second.ask("evm_revert", before) is True
            question(both)
        later = life.blocks[-1].time + 3_600
        for copy, time in ((first, later), (second, later + 1)):  # one height, and two times
            copy.ask("evm_setNextBlockTimestamp", time)
            copy.ask("evm_mine")
        with pytest.raises(NodeUnavailable, match="eth_getBlockByNumber differently from node 1"):
            both.balance(market)


@pytest.mark.node
def test_a_chain_with_another_clock_is_noticed(copy, life):
    late = life.blocks[5]
    for made in (*life.blocks[:5], replace(late, time=late.time + 1)):
        copy.take(made)
    with pytest.raises(AssertionError, match="block 6"):
        as_lived(copy, life, 6)


@pytest.mark.node
def test_another_word_code_or_contract_is_noticed(copy, life):
    as_lived(copy, life)
    market = life.deployment.market
    for method, arguments in (
        ("anvil_setStorageAt", (market, "0x" + "77" * 32, "0x" + "11" * 32)),
        ("anvil_setCode", (market, "0x00")),
        ("anvil_setCode", ("0x" + "66" * 20, "0x00")),
    ):
        before = copy.ask("evm_snapshot")
        copy.ask(method, *arguments)
        with pytest.raises(AssertionError, match="other code or storage"):
            as_lived(copy, life)
        assert copy.ask("evm_revert", before) is True
    as_lived(copy, life)


@pytest.mark.node
@pytest.mark.parametrize("fate", FATES)
def test_one_release_and_one_payment_after_a_reorganisation_of_three_blocks(fate):
    found = reorganised_on(None, fate)
    assert found["LoanReleased"] == 1
    assert found["LoanStepped"] == 2  # one payment, one default
    assert found["StandingChanged"] == 1


def test_a_word_that_became_zero_is_no_part_of_a_root():
    assert storage_root({1: 5, 2: 0}) == storage_root({1: 5}) != storage_root({1: 5, 2: 1})


def test_the_root_of_nothing_is_the_protocol_s():
    empty = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert storage_root({}) == empty


def test_without_go_one_sentence_says_so(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    script = import_module("nodes")
    monkeypatch.setattr(script, "find_go", lambda: None)
    monkeypatch.setattr(script, "BINARY", Path("/nowhere/geth"))
    said = []
    assert script.prepared(said.append) is False
    assert said == [go_ethereum.NOT_MEASURED]
