"""Commands that write files, killed while they write: run again, they are done, and all opens.

``make long PART=kills-files`` kills before every call that changes a file.
"""

from __future__ import annotations

import pytest
from support.cli.file_rounds import COMMANDS, killed_everywhere


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_while_it_writes_is_done_when_it_is_run_again(name: str) -> None:
    """`make long PART=kills-files` leaves out no call."""
    assert killed_everywhere(name, 6)["kills"] >= 1
