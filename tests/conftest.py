"""What every test relies on, whatever started the run."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support.forks import fork_between_collections

if TYPE_CHECKING:
    from _pytest.python import Metafunc

# How long an example takes depends on what else the machine does. The same tree draws the same
# examples, so that a run fails for what was changed; ZKCREDIT_NEW_EXAMPLES=1 draws others.
settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=not os.environ.get("ZKCREDIT_NEW_EXAMPLES"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")

# What is printed waits in a buffer, as it does for most people.
os.environ.pop("PYTHONUNBUFFERED", None)

# Texts are those of the code, whatever language the system speaks.
os.environ["ZKCREDIT_LANG"] = "en"

# A run in the background of a shell script inherits an ignored SIGINT and hands it to every child,
# where Ctrl-C would then do nothing. A handler of our own becomes the default in children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


fork_between_collections()


def pytest_generate_tests(metafunc: Metafunc) -> None:
    """Refuse cases without an order: two processes would collect different tests."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        cases = mark.args[1] if len(mark.args) > 1 else mark.kwargs.get("argvalues")
        if isinstance(cases, set | frozenset):
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: a set of cases has no order")
