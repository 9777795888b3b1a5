"""An index that is killed anywhere goes on from the state after some block."""

from __future__ import annotations

from support.chain.index_rounds import kills


def test_killed_before_any_statement_the_file_is_that_of_some_block():
    """`make long PART=kills-index` kills before every statement, on 50 chains."""
    assert kills(0, blocks=20, step=9)["kills"] > 20
