"""Answers that are made once for all readers, and given from the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Callable

__all__ = ["KeptAnswers"]

_MOST: Final = 512  # answers of one edition
_MAKERS: Final = 2  # more would only make every answer later: one computes at a time


class KeptAnswers:
    """The bytes of answers, each made once until the page's views change.

    A thread makes an answer. Readers who ask for it meanwhile wait in the event loop, where they
    take no thread from others; whoever asks later has it at once. For use in one event loop.

    Args:
        edition: returns a value that is another one whenever a view may have changed.
    """

    def __init__(self, edition: Callable[[], Any]) -> None:
        self._edition_now = edition
        self._edition: Any = None
        self._tasks: dict[str, Task[bytes]] = {}
        self._makers = ThreadPoolExecutor(_MAKERS, thread_name_prefix="answers")

    async def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return an answer.

        Args:
            name: what it is; the same name is the same answer.
            make: makes it, in a thread; what it raises reaches all who wait, and is not kept.
        """
        edition = self._edition_now()
        if edition != self._edition:
            self._edition, self._tasks = edition, {}
        task = self._tasks.get(name)
        if task is None:
            task = asyncio.create_task(self._made(make))
            if len(self._tasks) < _MOST:
                self._tasks[name] = task
            task.add_done_callback(partial(self._drop_failed, self._tasks, name))
        return await asyncio.shield(task)  # a reader who leaves takes nothing from the others

    async def _made(self, make: Callable[[], bytes]) -> bytes:
        context = copy_context()  # with the reader's language
        return await asyncio.get_running_loop().run_in_executor(self._makers, context.run, make)

    @staticmethod
    def _drop_failed(tasks: dict[str, Task[bytes]], name: str, task: Task[bytes]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and tasks.get(name) is task:
            del tasks[name]
