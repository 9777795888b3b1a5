"""The interface to the native kernel: its errors, threads and constraint systems."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkcredit.errors import InternalError, InvalidInput, OutOfMemory, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit._kernel import R1cs
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["default_threads", "kernel_errors", "memory_errors", "resident", "thread_count"]


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a MemoryError that is raised inside into OutOfMemory."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory("the machine has too little memory for this") from error


@contextmanager
def kernel_errors() -> Iterator[None]:
    """Turn what the kernel raises into the library's errors.

    Raises:
        InvalidInput: if the kernel raises ValueError (a wrong shape or range) or TypeError.
        OutOfMemory: if the kernel raises MemoryError.
        InternalError: if the kernel raises RuntimeError.
    """
    try:
        yield
    except ZkCreditError:
        raise
    except MemoryError as error:
        raise OutOfMemory("the kernel ran out of memory") from error
    except (ValueError, TypeError) as error:  # TypeError: an array of another dtype
        raise InvalidInput(str(error)) from error
    except RuntimeError as error:
        raise InternalError(str(error)) from error


def default_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(threads: int | None) -> int:
    """Return the number of threads to use: the caller's, or the default for None.

    Raises:
        InvalidInput: if it is not a positive integer.
    """
    if threads is None:
        return default_threads()
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InvalidInput("the number of threads must be a positive integer")
    return threads


def resident(system: ConstraintSystem) -> R1cs:
    """Return the constraint system in the kernel's memory."""
    with kernel_errors():
        return system.resident
