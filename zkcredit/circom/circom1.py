"""The functions that programs of circom 1 export, as of its last versions (0.5).

The caller owns the memory, whose first word says where free memory begins. A number is 40 bytes: a
small integer, the kind of number, and 32 bytes. The last input that is set starts the computation.

A program does not tell how many numbers an input takes. Too many are refused where they reach a
signal that is not an input, or an input that is set as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from zkcredit.bn254.fields import R
from zkcredit.circom.reports import LONGEST, refused
from zkcredit.circom.signals import name_hash
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkcredit.circom.reports import Reports
    from zkcredit.circom.sandbox import Run

__all__ = ["Circom1"]

_LONG: Final = 0x8000_0000
"""The bit of a number that is 32 bytes; without it, it is a small integer."""
_MONTGOMERY: Final = 0x4000_0000
"""The further bit of a number in Montgomery's form, which is 2^256 times the number."""
_NOT_FOUND, _NOT_ASSIGNED, _TWICE, _CONSTRAINT, _NO_INPUT, _ASSERTION = 3, 5, 6, 7, 8, 9


class Circom1:
    """The interface of circom 1.

    Args:
        reports: where messages go.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self.run: Run
        self._signal = ""
        self._started = self._finished = False

    def hosts(self) -> Mapping[str, Callable[..., None]]:
        """Return the functions that the program may call."""
        return {
            "error": self._error,
            "log": self._log,
            "logStartComponent": self._component_started,
            "logFinishComponent": self._component_finished,
        }

    def prime(self) -> tuple[int, int]:
        """Return the field's modulus and the number of bytes of an element."""
        size = self.run.call("getFrLen") - 8
        if not 0 < size <= 128:
            raise MalformedFile("the program states no size of its field's elements")
        return int.from_bytes(self.run.read(self.run.call("getPRawPrime"), size), "little"), size

    def set_inputs(self, signals: Mapping[str, list[int]]) -> None:
        """Give the program its inputs, upon which it computes the witness.

        Raises:
            InvalidInput: if an input is unknown, or has too many values.
            UnsatisfiedWitness: if the circuit refuses the inputs.
        """
        self.run.call("init", 1)  # 1: tell of components, the main one of which is number 0
        place, number = self._free(8), self._free(40)
        for name, values in signals.items():
            self._signal = name
            self.run.call("getSignalOffset32", place, 0, *name_hash(name))
            first = int.from_bytes(self.run.read(place, 4), "little")
            for i, value in enumerate(values):
                written = (0).to_bytes(4, "little") + _LONG.to_bytes(4, "little")
                self.run.write(number, written + value.to_bytes(32, "little"))
                self.run.call("setSignal", 0, 0, first + i, number)
        if not self._finished:
            raise InvalidInput(
                "an input of the circuit is missing, or has too few numbers; there are "
                f"{', '.join(signals) or 'no inputs'}"
            )

    def witness(self) -> bytes:
        """Return the value of every wire, 32 bytes each."""
        count = self.run.call("getNVars")
        return self.run.read(self.run.call("getWitnessBuffer"), 32 * count)

    def _free(self, size: int) -> int:
        start = int.from_bytes(self.run.read(0, 4), "little")
        self.run.write(0, (start + size).to_bytes(4, "little"))
        return start

    def _text(self, place: int) -> str:
        data = self.run.read(place, min(LONGEST, self.run.size() - place))
        return data.split(b"\0", 1)[0].decode("ascii", "replace")

    def _log(self, place: int) -> None:
        raw = self.run.read(place, 40)
        kind, wide = (int.from_bytes(part, "little") for part in (raw[4:8], raw[8:]))
        if not kind & _LONG:
            wide = int.from_bytes(raw[:4], "little", signed=True)
        elif kind & _MONTGOMERY:
            wide = wide * pow(1 << 256, -1, R)
        self._reports.part(str(wide % R))
        self._reports.part("\n")

    def _component_started(self, component: int) -> None:
        self._started |= component == 0

    def _component_finished(self, component: int) -> None:
        self._finished |= component == 0

    def _error(self, code: int, text: int, *_: int) -> NoReturn:
        message = self._text(text & 0xFFFF_FFFF)
        if code in (_CONSTRAINT, _ASSERTION):
            raise refused(message)
        twice = f"the input signal {self._signal} has too many numbers, or is set twice"
        if self._started:
            twice = "an input has too many numbers, or is not an input signal of the circuit"
        problem = {
            _NOT_FOUND: f"the circuit has no input signal {self._signal}",
            _NOT_ASSIGNED: "a signal of the circuit is read before it has a value",
            _TWICE: twice,
            _NO_INPUT: f"{self._signal} is not an input signal, or it has too many numbers",
        }.get(code, f"the circuit's program stopped with code {code}: {message}")
        raise InvalidInput(problem)
