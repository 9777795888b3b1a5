"""The reference page says what the commands say."""

from __future__ import annotations

from pathlib import Path

from zkcredit.cli.reference import reference

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "command-line.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == reference(), "run python -m zkcredit.cli.reference > the page"


def test_every_group_and_its_commands_are_there() -> None:
    page = reference()
    for title in (
        "## `zkcredit demo`",
        "### `zkcredit loan apply`",
        "### `zkcredit groth16 prove`",
    ):
        assert title in page
    assert "groth16 prove KEY.zkey WITNESS.wtns PROOF.json PUBLIC.json [OPTIONS]" in page
