"""The program that circom makes of a circuit, and the witnesses that it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit._internal.files import read_limited
from zkcredit._internal.refused.file_errors import in_file
from zkcredit.bn254.fields import R
from zkcredit.circom.circom1 import Circom1
from zkcredit.circom.circom2 import Circom2
from zkcredit.circom.reports import Reports
from zkcredit.circom.sandbox import MAX_PROGRAM_BYTES, PAGE, Compiled, Run
from zkcredit.circom.signals import signals_of
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.formats.binfile import field_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["MEMORY_LIMIT", "TIME_LIMIT", "CircomProgram"]

MEMORY_LIMIT: Final = 1 << 31
"""Bytes of memory that a program may have by default; only what it touches is used."""
TIME_LIMIT: Final = 600.0
"""Seconds that a program may run by default."""

_FIRST: Final = {"init", "getFrLen", "getPRawPrime", "getSignalOffset32", "setSignal", "getNVars"}
_SECOND: Final = {"init", "getFieldNumLen32", "getRawPrime", "setInputSignal", "getWitnessSize"}


class CircomProgram:
    """A circuit's program, compiled once for any number of witnesses in any number of threads.

    Attributes:
        version: 1 or 2, the generation of circom that made it.

    Raises:
        MalformedFile: if the bytes are not a program of circom 1 or 2, or its field is not that
            of BN254.
        MissingExtra: if the extra ``zkcredit[circom]`` is not installed.
    """

    def __init__(self, program: bytes) -> None:
        self._compiled = Compiled(require_instance("the program", program, bytes))
        if self._compiled.exported >= _SECOND:
            self.version = 2
        elif self._compiled.exported >= _FIRST:
            self.version = 1
        else:
            lacking = min(_SECOND - self._compiled.exported)
            raise MalformedFile(f"the program is not one of circom: it has no {lacking}")

    def __repr__(self) -> str:
        return f"CircomProgram(version={self.version})"

    @classmethod
    def load(cls, path: str | Path) -> CircomProgram:
        """Read a ``.wasm`` file.

        Raises:
            InvalidInput: if the file cannot be read.
            MalformedFile: if it is not a program of circom 1 or 2.
            MissingExtra: if the extra ``zkcredit[circom]`` is not installed.
        """
        data = read_limited(path, MAX_PROGRAM_BYTES)
        with in_file(path):
            return cls(data)

    def witness(
        self,
        inputs: object,
        *,
        log: Callable[[str], None] | None = None,
        memory_limit: int = MEMORY_LIMIT,
        time_limit: float = TIME_LIMIT,
    ) -> bytes:
        """Compute the witness of some inputs. It is secret if an input is.

        The program is not trusted to compute it correctly: prove and verify.

        Args:
            inputs: a mapping of names to numbers, to lists of numbers of any depth, or, for buses,
                to mappings; see ``zkcredit.circom.signals`` for the notations of numbers.
            log: gets each line of the circuit's ``log()``, which may hold a secret.
            memory_limit: bytes that the program may have.
            time_limit: seconds that it may take.

        Returns:
            The value of every wire, 32 bytes each, little-endian, wire 0 = 1 first.

        Raises:
            InvalidInput: if an input signal is missing, unknown, or has another number of values
                than the circuit takes; or a limit is reached.
            OutOfRange: if a number is not in (−r, r).
            UnsatisfiedWitness: if an assertion or a constraint of the circuit refuses the inputs;
                the text has the circuit's own message.
            MalformedFile: if the program's field is not that of BN254, or the program fails.
        """
        if type(memory_limit) is not int or not PAGE <= memory_limit <= 1 << 32:
            raise InvalidInput(f"the memory limit must be between {PAGE} and 2^32 bytes")
        if not isinstance(time_limit, int | float) or not 0 < time_limit <= 1 << 20:
            raise InvalidInput("the time limit must be above 0 and at most 2^20 seconds")
        signals = signals_of(inputs)
        way = (Circom1 if self.version == 1 else Circom2)(Reports(log))
        with self._compiled.clock():
            way.run = Run(
                self._compiled, way.hosts(), memory_limit=memory_limit, time_limit=time_limit
            )
            _require_bn254(*way.prime())
            way.set_inputs(signals)
            values = way.witness()
        _require_values(values)
        return values


def _require_bn254(prime: int, size: int) -> None:
    if (prime, size) != (R, 32):
        name = field_name(prime)
        belongs = f"it belongs to {name}" if name else f"it has {prime.bit_length()} bits"
        raise MalformedFile(f"the program's field is not that of BN254: {belongs}")


def _require_values(values: bytes) -> None:
    import zkcredit._kernel as _kernel

    if values[:32] != (1).to_bytes(32, "little") or _kernel.fr_first_not_below(values) >= 0:
        raise MalformedFile("the circuit's program computed something that is not a witness")
