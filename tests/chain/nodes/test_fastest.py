"""The chain that a process gets when it does not name one."""

from __future__ import annotations

import sys

import pytest

from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.fastest import fastest_chain
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import MissingExtra


def test_revm_is_the_fastest():
    with fastest_chain(accounts=2, genesis_time=1_900_000_000) as node:
        assert isinstance(node, RevmNode)
        assert node.now() == 1_900_000_000
        assert len(node.accounts) == 2


def test_py_evm_takes_the_place_of_a_missing_revm(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyrevm", None)
    with fastest_chain(accounts=1, genesis_time=1_900_000_000) as node:
        assert isinstance(node, EmbeddedNode)
        assert node.now() == 1_900_000_000
        assert len(node.accounts) == 1


def test_without_the_tester_extra_there_is_no_chain(monkeypatch):
    for module in ("pyrevm", "eth_tester"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r"zkcredit\[tester\]"):
        fastest_chain()
