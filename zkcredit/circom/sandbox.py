"""The place where a circuit's program runs: wasmtime, with bounds on memory and time.

The program may import only what circom's programs import: functions that report an error or a line
of ``log()``, and for circom 1 a memory. It cannot reach files, the network, the clock, or
randomness.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.extras import extra
from zkcredit._internal.refused.kinds import kind_of_bytes
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["MAX_PROGRAM_BYTES", "PAGE", "Compiled", "Run"]

MAX_PROGRAM_BYTES: Final = 1 << 28
"""The largest program that is compiled."""
PAGE: Final = 1 << 16
"""Bytes in a page of WebAssembly's memory."""

_IMPORTS: Final = frozenset(
    {
        ("env", "memory"),
        *(
            ("runtime", name)
            for name in (
                "error", "exceptionHandler", "log", "logFinishComponent", "logGetSignal",
                "logSetSignal", "logStartComponent", "printDebug", "printErrorMessage",
                "showSharedRWMemory", "writeBufferMessage",
            )
        ),
    }
)  # fmt: skip
"""All that programs of circom 0.5 to 2.2 import."""


_TICK: Final = 0.05
"""Seconds between two looks at the time."""
_COLLECT: Final = """
(module
  (import "circuit" "memory" (memory 1))
  (import "circuit" "getWitness" (func $get (param i32)))
  (func (export "collect") (param $from i32) (param $to i32) (param $count i32)
    (local $i i32)
    (loop $next
      (call $get (local.get $i))
      (i64.store (local.get $to) (i64.load (local.get $from)))
      (i64.store offset=8 (local.get $to) (i64.load offset=8 (local.get $from)))
      (i64.store offset=16 (local.get $to) (i64.load offset=16 (local.get $from)))
      (i64.store offset=24 (local.get $to) (i64.load offset=24 (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))))
"""
"""Asks a program for one value after the other, a hundred times as fast as Python could."""


class Compiled:
    """A program that was compiled for this machine, for any number of runs in several threads.

    Args:
        program: the bytes of a ``.wasm`` file.

    Raises:
        MalformedFile: if the bytes are not a WebAssembly program, or it imports what no program
            of circom imports.
        MissingExtra: if wasmtime is not installed.
    """

    def __init__(self, program: bytes) -> None:
        with extra("circom", "the program of a circuit"):
            import wasmtime

        if program[:4] != b"\0asm":
            kind = kind_of_bytes(program)
            told = f", but this is {kind}" if kind else ""
            raise MalformedFile(f"a WebAssembly program (.wasm) of circom is expected{told}")
        settings: Any = wasmtime.Config()
        settings.epoch_interruption = True
        self.engine: Any = wasmtime.Engine(settings)
        try:
            self.module: Any = wasmtime.Module(self.engine, program)
        except wasmtime.WasmtimeError as error:
            reason = str(error).strip().splitlines()[-1].strip()[:200]
            raise MalformedFile(f"the circuit's program does not compile: {reason}") from None
        self.collector: Any = wasmtime.Module(self.engine, _COLLECT)
        self._lock, self._runs, self._done = threading.Lock(), 0, threading.Event()
        self.exported = {one.name for one in self.module.exports}
        for one in self.module.imports:
            if (one.module, one.name) not in _IMPORTS:
                raise MalformedFile(
                    f"the program imports {f'{one.module}.{one.name}'[:80]}, which no program "
                    "of circom does, so it is refused"
                )

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Let the engine's time pass while a run lasts."""
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._done = threading.Event()
                threading.Thread(target=self._tick, args=(self._done,), daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1
                if self._runs == 0:
                    self._done.set()

    def _tick(self, done: threading.Event) -> None:
        while not done.wait(_TICK):
            self.engine.increment_epoch()


class Run:
    """One run of a program, with a memory of its own.

    Args:
        program: the compiled program.
        hosts: the functions that the program may call, by name. What they raise ends the call.
        memory_limit: bytes of memory.
        time_limit: seconds of all calls together.

    Raises:
        InvalidInput: if the program needs more memory.
        MalformedFile: if the program fails.
    """

    def __init__(
        self,
        program: Compiled,
        hosts: Mapping[str, Callable[..., None]],
        *,
        memory_limit: int,
        time_limit: float,
    ) -> None:
        import wasmtime

        self._wasmtime: Any = wasmtime
        self._program, self._limit, self._seconds = program, memory_limit, time_limit
        self.store: Any = wasmtime.Store(program.engine)
        self.store.set_limits(memory_size=memory_limit)
        self.store.set_epoch_deadline(int(time_limit / _TICK) + 2)
        self.memory: Any = None
        given = [self._given(one, hosts) for one in program.module.imports]
        for one in program.module.exports:
            self._require_room(one.type)
        with self._typed_errors():
            instance: Any = wasmtime.Instance(self.store, program.module, given)
        self._exports: Any = instance.exports(self.store)
        if self.memory is None:
            self.memory = self._exports["memory"] if "memory" in program.exported else None
        if not isinstance(self.memory, wasmtime.Memory):
            raise MalformedFile("the program has no memory, as every program of circom has")

    def call(self, name: str, *arguments: int) -> int:
        """Call a function of the program. Words are unsigned; 0 if it returns nothing.

        An error that a host function raises passes through.

        Raises:
            InvalidInput: if the time is over.
            MalformedFile: if the program has no such function, or it fails.
        """
        with self._typed_errors():
            function = self._exports[name] if name in self._program.exported else None
            if not isinstance(function, self._wasmtime.Func):
                raise MalformedFile(f"the program has no function {name}: circom did not make it")
            words = (word - (1 << 32) if word >> 31 else word for word in arguments)
            result = function(self.store, *words)
        return int(result) & 0xFFFF_FFFF if isinstance(result, int) else 0

    def has(self, name: str) -> bool:
        """Return whether the program exports a function or memory of this name."""
        return name in self._program.exported

    def size(self) -> int:
        """Return the number of bytes of the program's memory."""
        return int(self.memory.data_len(self.store))

    def read(self, start: int, size: int) -> bytes:
        """Return bytes of the program's memory.

        Raises:
            MalformedFile: if they are not all inside it.
        """
        found = bytes(self.memory.read(self.store, start, start + size))
        if len(found) != size:
            raise MalformedFile("the program points outside its memory")
        return found

    def write(self, start: int, data: bytes) -> None:
        """Write bytes into the program's memory.

        Raises:
            MalformedFile: if they do not fit into it.
        """
        if start + len(data) > self.memory.data_len(self.store):
            raise MalformedFile("the program points outside its memory")
        self.memory.write(self.store, data, start)

    def collect(self, source: int, count: int) -> bytes:
        """Return the values of ``count`` wires, of which ``getWitness`` puts each at ``source``.

        They are copied behind the program's memory, which grows for it, 32 bytes each.

        Raises:
            InvalidInput: if they do not fit into the memory limit, or the time is over.
            MalformedFile: if the program fails.
        """
        target = self.memory.data_len(self.store)
        pages = -(-32 * count // PAGE)
        if target + pages * PAGE > min(self._limit, 1 << 32):
            raise self._too_large(target + pages * PAGE)
        with self._typed_errors():
            self.memory.grow(self.store, pages)
            function = self._exports["getWitness"]
            helper: Any = self._wasmtime.Instance(
                self.store, self._program.collector, [self.memory, function]
            )
            collect = helper.exports(self.store)["collect"]
            collect(self.store, *(n - (1 << 32) if n >> 31 else n for n in (source, target, count)))
        return self.read(target, 32 * count)

    def _given(self, wanted: Any, hosts: Mapping[str, Callable[..., None]]) -> Any:
        """Return what the program imports under this name."""
        if wanted.name == "memory":
            self._require_room(wanted.type)
            least = wanted.type.limits.min
            size = self._wasmtime.Limits(max(least, min(32_767, self._limit // PAGE)), None)
            with self._typed_errors():
                self.memory = self._wasmtime.Memory(self.store, self._wasmtime.MemoryType(size))
            return self.memory
        host = hosts.get(wanted.name, _nothing)
        if not isinstance(wanted.type, self._wasmtime.FuncType) or list(wanted.type.results):
            raise MalformedFile(f"the program imports {wanted.name} as something else")
        return self._wasmtime.Func(self.store, wanted.type, host)

    def _require_room(self, kind: Any) -> None:
        if isinstance(kind, self._wasmtime.MemoryType):
            needed = kind.limits.min * PAGE
            if needed > self._limit:
                raise self._too_large(needed)

    def _too_large(self, needed: int) -> InvalidInput:
        return InvalidInput(
            f"the circuit's program needs {-(-needed >> 20)} MiB of memory, and may have "
            f"{self._limit >> 20} MiB; raise the limit if you trust the program"
        )

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            yield
        except self._wasmtime.Trap as trap:
            if trap.trap_code is self._wasmtime.TrapCode.INTERRUPT:
                raise InvalidInput(
                    f"the circuit's program did not end within {self._seconds:g} seconds; raise "
                    "the limit if you trust the program"
                ) from None
            name = trap.trap_code.name.lower().replace("_", " ") if trap.trap_code else "a trap"
            raise MalformedFile(f"the circuit's program failed: {name}") from None
        except (self._wasmtime.WasmtimeError, TypeError) as error:
            reason = str(error).strip().splitlines()[-1].strip()[:200]
            raise MalformedFile(f"the circuit's program failed: {reason}") from None


def _nothing(*_: int) -> None:
    """Do nothing; for reports that nobody reads."""
