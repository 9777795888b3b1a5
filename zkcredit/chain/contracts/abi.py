"""Encoding of calls and decoding of results, events and errors through a contract's ABI."""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from zkcredit._internal.evm import keccak256
from zkcredit._internal.json import canonical
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.errors import ChainError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zkcredit.chain.contracts.artifacts import Artifact

__all__ = ["ContractAbi", "abi_of", "canonical_type", "signature_hash", "snake_case"]


def canonical_type(field: Mapping[str, Any]) -> str:
    """Return the type of an ABI input or output for a signature: tuples become (a,b,…)."""
    kind: str = field["type"]
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(canonical_type(part) for part in field["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def signature_hash(name: str, types: Sequence[str]) -> bytes:
    """Return Keccak-256 of ``name(types)``: an event's topic; four bytes of it are a selector."""
    return keccak256(f"{name}({','.join(types)})".encode())


@cache
def snake_case(name: str) -> str:
    """Return a Solidity name in Python's style: ``productId`` becomes ``product_id``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class ContractAbi:
    """The ABI of one contract. A name identifies a function, because none is overloaded."""

    def __init__(self, compiled: Artifact) -> None:
        self.name = compiled.name
        self._compiled = compiled

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Return the call data of a function.

        Raises:
            InvalidInput: if the arguments do not fit the function's types.
        """
        entry = self._entry("function", function)
        types = [canonical_type(field) for field in entry["inputs"]]
        return signature_hash(function, types)[:4] + _encode(function, types, arguments)

    def encode_deployment(self, *arguments: Any) -> bytes:
        """Return the creation code, followed by the constructor's arguments."""
        if not self._compiled.bytecode:
            raise InvalidInput(f"{self.name} is an interface and cannot be deployed")
        constructors = [e for e in self._compiled.abi if e["type"] == "constructor"]
        fields = constructors[0]["inputs"] if constructors else []
        types = [canonical_type(field) for field in fields]
        return self._compiled.bytecode + _encode(self.name, types, arguments)

    def decode(self, function: str, output: bytes) -> tuple[Any, ...]:
        """Decode a call's output, one value each; structs are tuples, and addresses are EIP-55.

        Raises:
            ChainError: if the output does not have the function's type, for example if there is no
                contract at the address.
        """
        fields = self._entry("function", function)["outputs"]
        return _decode(f"{self.name}.{function}", fields, output)

    def inputs(self, function: str) -> list[dict[str, Any]]:
        """Return the inputs of a function, as the compiler wrote them.

        Raises:
            InvalidInput: if the contract has no such function.
        """
        found: list[dict[str, Any]] = self._entry("function", function)["inputs"]
        return found

    def call_of(self, data: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Return a call's function and arguments, or None if the data are not one of its calls.

        Only data that ``encode`` would give are read, so that nothing is hidden behind them.
        """
        for entry in self._compiled.abi:
            if entry["type"] != "function":
                continue
            types = [canonical_type(field) for field in entry["inputs"]]
            if signature_hash(entry["name"], types)[:4] != data[:4]:
                continue
            try:
                values = _decode(entry["name"], entry["inputs"], data[4:])
            except ChainError:
                return None
            return (entry["name"], values) if self.encode(entry["name"], *values) == data else None
        return None

    @cached_property
    def digest(self) -> bytes:
        """Keccak-256 of the ABI in canonical JSON, by which two machines know that it is equal."""
        return keccak256(canonical(list(self._compiled.abi)).encode())

    def struct(self, function: str, parameter: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a struct for a function's parameter, with its members in the contract's order.

        Args:
            function: the function's name.
            parameter: the name of its parameter.
            values: the members by their names in snake case, with those of any inner struct.

        Raises:
            InvalidInput: if the contract has no such function or parameter, or a member is missing.
        """
        fields = self._entry("function", function)["inputs"]
        for field in fields:
            if field["name"] == parameter and field["type"] == "tuple":
                return _arranged(field["components"], values)
        raise InvalidInput(f"{self.name}.{function} does not take a struct {parameter}")

    def members(self, function: str, struct: Sequence[Any]) -> dict[str, Any]:
        """Return the members of a function's first output, a struct, by names in snake case.

        The result contains the members of an inner struct, too.

        Raises:
            InvalidInput: if the contract has no such function.
        """
        return dict(_named(self._entry("function", function)["outputs"][0]["components"], struct))

    def decode_event(
        self, topics: Sequence[bytes], data: bytes
    ) -> tuple[str, dict[str, Any]] | None:
        """Return an event's name and arguments by name, or None if the ABI does not have it.

        An indexed argument of a dynamic type is the Keccak-256 of its value.
        """
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [_as_topic(field) for field in entry["inputs"] if field["indexed"]]
        others = [field for field in entry["inputs"] if not field["indexed"]]
        name = f"{self.name}.{entry['name']}"
        values = dict(
            zip((f["name"] for f in indexed), _decode(name, indexed, b"".join(topics[1:])),
                strict=True)
        )  # fmt: skip
        values.update(zip((f["name"] for f in others), _decode(name, others, data), strict=True))
        return entry["name"], values

    def topic(self, event: str) -> bytes:
        """Return the first topic of an event.

        Raises:
            InvalidInput: if the contract does not have such an event.
        """
        entry = self._entry("event", event)
        return signature_hash(event, [canonical_type(field) for field in entry["inputs"]])

    @cached_property
    def _events(self) -> dict[bytes, dict[str, Any]]:
        events = [entry for entry in self._compiled.abi if entry["type"] == "event"]
        return {
            signature_hash(e["name"], [canonical_type(f) for f in e["inputs"]]): e for e in events
        }

    def _entry(self, kind: str, name: str) -> dict[str, Any]:
        for entry in self._compiled.abi:
            if entry["type"] == kind and entry["name"] == name:
                return entry
        raise InvalidInput(f"{self.name} has no {kind} {name}")


@cache
def abi_of(contract: str) -> ContractAbi:
    """Return the ABI of a compiled contract by name."""
    return ContractAbi(artifact(contract))


def _arranged(fields: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> tuple[Any, ...]:
    try:
        return tuple(
            _arranged(field["components"], values)
            if field["type"] == "tuple"
            else values[snake_case(field["name"])]
            for field in fields
        )
    except KeyError as error:
        raise InvalidInput(f"the contract's struct needs the member {error}") from None


def _named(fields: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for field, value in zip(fields, values, strict=True):
        if field["type"] == "tuple":
            yield from _named(field["components"], value)
        else:
            yield snake_case(field["name"]), value


def _encode(what: str, types: Sequence[str], values: Sequence[Any]) -> bytes:
    from eth_abi import encode
    from eth_abi.exceptions import EncodingError

    try:
        return encode(types, values)
    except (EncodingError, TypeError, ValueError) as error:
        raise InvalidInput(f"the arguments of {what} do not fit its types: {error}") from error


def _as_topic(field: dict[str, Any]) -> dict[str, Any]:
    """Return how a field stands in a topic: a text, bytes or an array by its hash."""
    dynamic = field["type"] in ("bytes", "string") or field["type"].endswith("]")
    return {**field, "type": "bytes32"} if dynamic else field


def _decode(what: str, fields: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...]:
    words = _decode_words(fields, data)
    if words is not None:
        return words
    from eth_abi import decode
    from eth_abi.exceptions import DecodingError

    types = [canonical_type(field) for field in fields]
    try:
        values = decode(types, data)
    except (DecodingError, OverflowError, UnicodeDecodeError) as error:
        raise ChainError(
            f"{what} returned {len(data)} bytes that do not have its type; check the address"
        ) from error
    return tuple(
        _spelled(field["type"], field.get("components", ()), value)
        for field, value in zip(fields, values, strict=True)
    )


def _decode_words(fields: Sequence[Mapping[str, Any]], data: bytes) -> tuple[Any, ...] | None:
    """Decode values of one word each, as all events of loans have: much faster than eth_abi.

    Returns:
        None if a type needs more than a word, or a word is not one of its type: then eth_abi
        decodes, or says what is wrong.
    """
    if len(data) < 32 * len(fields):
        return None
    found: list[Any] = []
    for at, field in enumerate(fields):
        kind: str = field["type"]
        word = data[32 * at : 32 * at + 32]
        if kind == "address" and not any(word[:12]):
            found.append(_checksummed(word[12:]))
        elif kind == "bytes32":
            found.append(word)
        elif kind == "bool" and not any(word[:31]) and word[31] < 2:
            found.append(word[31] == 1)
        elif kind.startswith("uint") and kind[4:].isdigit():
            value = int.from_bytes(word)
            if value >> int(kind[4:]):
                return None
            found.append(value)
        else:
            return None
    return tuple(found)


@lru_cache(maxsize=4096)
def _checksummed(address: bytes) -> str:
    from eth_utils import to_checksum_address

    return to_checksum_address(address)


def _spelled(kind: str, components: Sequence[Mapping[str, Any]], value: Any) -> Any:
    if kind.endswith("]"):
        inner = kind[: kind.rindex("[")]
        return tuple(_spelled(inner, components, item) for item in value)
    if kind == "tuple":
        return tuple(
            _spelled(part["type"], part.get("components", ()), item)
            for part, item in zip(components, value, strict=True)
        )
    if kind == "address":
        from eth_utils import to_checksum_address

        return to_checksum_address(value)
    return value
