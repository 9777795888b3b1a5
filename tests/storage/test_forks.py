"""A fork waits for a collection of garbage that another thread has begun."""

from __future__ import annotations

import gc
import os
from threading import Event, Thread, Timer

from support.forks import fork_between_collections


class Slow:
    """Garbage whose collection does not end before somebody says so."""

    def __init__(self, begun: Event, ends: Event) -> None:
        self.itself, self.begun, self.ends = self, begun, ends

    def __del__(self) -> None:
        self.begun.set()
        self.ends.wait()


def test_a_fork_waits_for_a_collection() -> None:
    fork_between_collections()
    begun, ends = Event(), Event()
    gc.disable()
    try:
        Slow(begun, ends)
        collector = Thread(target=gc.collect)
        collector.start()
        begun.wait()
        Timer(0.2, ends.set).start()
        child = os.fork()
        if child == 0:
            os._exit(0 if ends.is_set() else 1)
        assert ends.is_set(), "it did not wait"
        assert os.waitpid(child, 0)[1] == 0
        collector.join()
    finally:
        ends.set()
        gc.enable()


def test_a_fork_of_a_thread_that_collects_itself_does_not_wait() -> None:
    fork_between_collections()
    fork_between_collections()
    gc.collect()
    child = os.fork()
    if child == 0:
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
