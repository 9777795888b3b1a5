"""The functions that programs of circom 2 export, from 2.0 to 2.2.

A number goes in and out through 32 bytes of the program's memory that the functions share. The
last input that is set starts the computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from zkcredit.circom.reports import LONGEST, refused
from zkcredit.circom.signals import name_hash
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkcredit.circom.reports import Reports
    from zkcredit.circom.sandbox import Run

__all__ = ["Circom2"]

_ABSENT = 0xFFFF_FFFF
"""The size of a signal that is not an input, −1 or 0 by version."""


class Circom2:
    """The interface of circom 2.

    Args:
        reports: where messages go.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self.run: Run
        self._signal = ""

    def hosts(self) -> Mapping[str, Callable[..., None]]:
        """Return the functions that the program may call."""
        return {
            "exceptionHandler": self._exception,
            "printErrorMessage": lambda: self._reports.failed(self._message()),
            "writeBufferMessage": lambda: self._reports.part(self._message()),
            "showSharedRWMemory": lambda: self._reports.part(str(self._shared(8))),
        }

    def prime(self) -> tuple[int, int]:
        """Return the field's modulus and the number of bytes of an element."""
        words = self.run.call("getFieldNumLen32")
        if not 0 < words <= 32:
            raise MalformedFile("the program states no size of its field's elements")
        self.run.call("getRawPrime")
        return self._shared(words), 4 * words

    def set_inputs(self, signals: Mapping[str, list[int]]) -> None:
        """Give the program its inputs, upon which it computes the witness.

        Raises:
            InvalidInput: if an input is missing, unknown, or has another number of values.
            UnsatisfiedWitness: if the circuit refuses the inputs.
        """
        self.run.call("init", 1)
        sized = self.run.has("getInputSignalSize")
        for name, values in signals.items():
            if sized:
                self._require_size(name, len(values))
        needed, given = self.run.call("getInputSize"), sum(map(len, signals.values()))
        if given < needed:
            raise InvalidInput(
                f"the circuit takes {needed} numbers, and the inputs have {given}: an input is "
                f"missing; there are {', '.join(signals) or 'no inputs'}"
            )
        for name, values in signals.items():
            self._signal = name
            for i, value in enumerate(values):
                for j in range(8):
                    self.run.call("writeSharedRWMemory", j, value >> 32 * j & 0xFFFF_FFFF)
                self.run.call("setInputSignal", *name_hash(name), i)

    def witness(self) -> bytes:
        """Return the value of every wire, 32 bytes each."""
        count = self.run.call("getWitnessSize")
        if self.run.has("getSharedRWMemoryStart"):
            return self.run.collect(self.run.call("getSharedRWMemoryStart"), count)
        values = bytearray()
        for i in range(count):
            self.run.call("getWitness", i)
            values += self._shared(8).to_bytes(32, "little")
        return bytes(values)

    def _require_size(self, name: str, given: int) -> None:
        size = self.run.call("getInputSignalSize", *name_hash(name))
        if size in (0, _ABSENT):
            raise InvalidInput(f"the circuit has no input signal {name}")
        if size != given:
            raise InvalidInput(
                f"the input signal {name} takes 1 number, not {given}"
                if size == 1
                else f"the input signal {name} takes {size} numbers, not {given}"
            )

    def _shared(self, words: int) -> int:
        return sum(self.run.call("readSharedRWMemory", j) << 32 * j for j in range(words))

    def _message(self) -> str:
        found = ""
        while len(found) < LONGEST and (code := self.run.call("getMessageChar")):
            found += chr(code & 0x7F)
        return found

    def _exception(self, code: int) -> NoReturn:
        message = self._reports.error
        if code == 4:
            raise refused(message)
        problem = {
            1: f"the circuit has no input signal {self._signal}",
            2: f"the input signal {self._signal} has too many numbers",
            3: f"the input signal {self._signal} is set twice",
            5: "the circuit's program has too little memory",
            6: f"the input signal {self._signal} has too many numbers",
        }.get(code, f"the circuit's program stopped with code {code}")
        raise InvalidInput(f"{problem} ({message})" if message else problem)
