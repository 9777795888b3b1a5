"""A call of a contract in words: for whoever signs it on a machine without a network.

The words are made from the bytes that are signed, by the ABIs of this installation. A call that
these ABIs do not decode has no words, and is not signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import checksum_address
from zkcredit._internal.json import canonical, decimal, hex_bytes, items, members, parse
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.artifacts import all_artifacts
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Argument", "DescribedCall", "Unit", "arguments_from", "describe", "group_digits"]

_ERC20: Final = "TestToken"
_UNLIMITED: Final = 1 << 255
_LONGEST: Final = 65_536  # characters of an argument on a command line
_SYMBOL: Final = re.compile(r"[A-Za-z0-9.$+-]{1,16}", re.ASCII)
_MOST_DECIMALS: Final = 36


@dataclass(frozen=True, slots=True)
class Unit:
    """What a token calls its unit, as a node said it. Nobody signs this.

    Attributes:
        symbol: the token's short name.
        decimals: decimal places of one whole token.
    """

    symbol: str
    decimals: int

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, str) or not _SYMBOL.fullmatch(self.symbol):
            raise InvalidInput("a token's symbol must have 1 to 16 letters or digits")
        if type(self.decimals) is not int or not 0 <= self.decimals <= _MOST_DECIMALS:
            raise InvalidInput(f"a token's decimals must be an int of 0 to {_MOST_DECIMALS}")

    def of(self, tokens: int) -> str:
        """Return base units as whole tokens, with all decimal places."""
        whole, rest = divmod(tokens, 10**self.decimals)
        places = f".{rest:0{self.decimals}d}" if self.decimals else ""
        return f"{group_digits(whole)}{places} {self.symbol}"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call.

    Attributes:
        name: the parameter's name in the contract.
        type: its type in the ABI, such as ``uint256``.
        value: a number in decimal digits, an address in EIP-55, bytes as 0x and hexadecimal digits,
            a text, a truth value, or a list of such.
    """

    name: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class DescribedCall:
    """A call that was decoded.

    Attributes:
        contract: the contract's name in Solidity; ``TestToken`` stands for every ERC-20 token.
        function: the function's name.
        abi_digest: digest of the ABI that decoded it.
        arguments: its arguments, in order.
        inner: the calls that it makes in turn, or schedules: each with its target.
    """

    contract: str
    function: str
    abi_digest: bytes
    arguments: tuple[Argument, ...]
    inner: tuple[tuple[str, DescribedCall], ...] = ()

    def value(self, name: str) -> Any:
        """Return the argument with a name."""
        return next(one.value for one in self.arguments if one.name == name)

    def in_words(self, to: str, unit: Unit | None = None) -> str:
        """Return the call in words: who is paid what, and then every argument.

        Args:
            to: the contract's address.
            unit: what its token calls its unit, if the call is one of a token.
        """
        lines = [self._headline(to, unit)]
        lines += [
            f"  {one.name or place} ({one.type}): {_shown(one.type, one.value)}"
            for place, one in enumerate(self.arguments)
        ]
        for target, call in self.inner:
            lines += [f"  {line}" for line in call.in_words(target).splitlines()]
        return "\n".join(lines)

    def _headline(self, to: str, unit: Unit | None) -> str:
        if self.contract == _ERC20 and self.function in ("transfer", "transferFrom"):
            payer = f" of {self.value('from')}" if self.function == "transferFrom" else ""
            tokens = int(self.value("value"))
            return f"Pay {_tokens(tokens, unit)}{payer} of the token {to} to {self.value('to')}."
        if self.contract == _ERC20 and self.function == "approve":
            tokens = int(self.value("value"))
            most = "WITHOUT LIMIT" if tokens >= _UNLIMITED else f"up to {_tokens(tokens, unit)}"
            return f"Let {self.value('spender')} take {most} of the token {to}."
        return f"Call {self.function} of the {self.contract} at {to}."

    def document(self) -> dict[str, Any]:
        """Return the call as a part of a JSON document."""
        return {
            "contract": self.contract,
            "function": self.function,
            "abi": self.abi_digest.hex(),
            "arguments": [[one.name, one.type, one.value] for one in self.arguments],
        }

    @classmethod
    def stated(cls, document: object, data: bytes) -> DescribedCall:
        """Decode call data again, and compare with what a document says about them.

        Raises:
            MalformedFile: if the document is malformed, says something else than the data, or was
                made with another ABI.
            InvalidInput: if the data cannot be decoded.
        """
        said = members(document, ("contract", "function", "abi", "arguments"), "call")
        if not isinstance(said["contract"], str):
            raise MalformedFile("call: the contract must be text")
        digest = hex_bytes(said["abi"], 32, "call: abi")
        found = describe(said["contract"], data)
        if digest != found.abi_digest:
            raise MalformedFile(
                f"call: the file was made with another ABI of {found.contract}; both machines need "
                "the same version of zkcredit"
            )
        items(said["arguments"], "call: arguments")
        if canonical(said) != canonical(found.document()):
            raise MalformedFile("call: the words of the file are not those of its data")
        return found


def describe(contract: str, data: bytes) -> DescribedCall:
    """Decode call data by the ABI of a contract.

    Raises:
        InvalidInput: if the contract is unknown, or the data are not a call of it.
    """
    abi = abi_of(contract)
    found = abi.call_of(data)
    if found is None:
        raise InvalidInput(
            f"the call data are not a call of {contract} that can be decoded; what cannot be shown "
            "in words is not signed"
        )
    name, values = found
    arguments = tuple(
        Argument(field["name"], field["type"], _spelled(field, value))
        for field, value in zip(abi.inputs(name), values, strict=True)
    )
    named = {field["name"]: value for field, value in zip(abi.inputs(name), values, strict=True)}
    return DescribedCall(abi.name, name, abi.digest, arguments, tuple(_inner(named)))


def arguments_from(contract: str, function: str, texts: Sequence[str]) -> list[Any]:
    """Return the arguments of a call from texts, as a person types them.

    Args:
        contract: the contract's name.
        function: the function's name.
        texts: one for each parameter: decimal digits, an address, ``true`` or ``false``, 0x and
            hexadecimal digits, or a text. Lists and structs are JSON lists.

    Raises:
        InvalidInput: if the contract has no such function, or a text does not fit its parameter.
    """
    fields = abi_of(contract).inputs(function)
    if len(texts) != len(fields):
        names = ", ".join(f"{one['name']} ({one['type']})" for one in fields) or "nothing"
        raise InvalidInput(f"{contract}.{function} takes {names}; {len(texts)} were given")
    return [_typed(one, text, one["name"]) for one, text in zip(fields, texts, strict=True)]


def group_digits(number: int) -> str:
    """Return a number with its digits in groups of three."""
    return f"{number:,}"


def _inner(named: Mapping[str, Any]) -> Iterator[tuple[str, DescribedCall]]:
    """Decode the calls within a call: data that go to a target, by whichever ABI knows them."""
    data = named.get("data", named.get("payload"))
    if "target" in named and isinstance(data, bytes):
        yield from _inner_call(named["target"], data)
    for target, one in zip(named.get("targets", ()), named.get("payloads", ()), strict=False):
        yield from _inner_call(target, one)


def _inner_call(target: str, data: bytes) -> Iterator[tuple[str, DescribedCall]]:
    if not data:
        return  # a payment
    for compiled in all_artifacts():
        if abi_of(compiled.name).call_of(data) is not None:
            yield target, describe(compiled.name, data)
            return
    raise InvalidInput(
        f"the data for {target} are not a call that can be decoded; what cannot be shown in words "
        "is not signed"
    )


def _tokens(tokens: int, unit: Unit | None) -> str:
    plain = f"{group_digits(tokens)} base units"
    if unit is None:
        return plain
    return f"{plain} ({unit.of(tokens)}, if it has {unit.decimals} decimals as the file says)"


def _shown(kind: str, value: Any) -> str:
    if isinstance(value, list):
        inner = kind[: kind.rindex("[")] if kind.endswith("]") else ""
        return f"[{', '.join(_shown(inner, one) for one in value)}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if kind.startswith(("uint", "int")) and text.removeprefix("-").isdigit():
        return group_digits(int(text))
    # a text may contain line breaks and look like words of ours
    return text if kind == "address" or kind.startswith("bytes") else canonical(text)


def _spelled(field: Mapping[str, Any], value: Any) -> Any:
    kind: str = field["type"]
    if kind.endswith("]"):
        inner = {**field, "type": kind[: kind.rindex("[")]}
        return [_spelled(inner, one) for one in value]
    if kind == "tuple":
        return [_spelled(part, one) for part, one in zip(field["components"], value, strict=True)]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _typed(field: Mapping[str, Any], given: Any, name: str) -> Any:
    kind: str = field["type"]
    if not kind.endswith("]") and kind != "tuple":
        return _plain(kind, str(given).lower() if isinstance(given, bool) else str(given), name)
    listed = parse(given, name, _LONGEST) if isinstance(given, str) else given
    if not isinstance(listed, list):
        raise InvalidInput(f"{name} must be a JSON list")
    if kind == "tuple":
        parts = field["components"]
        if len(listed) != len(parts):
            raise InvalidInput(f"{name} must have {len(parts)} members")
        pairs = zip(parts, listed, strict=True)
        return tuple(_typed(part, one, f"{name}.{part['name']}") for part, one in pairs)
    inner = {**field, "type": kind[: kind.rindex("[")]}
    return [_typed(inner, one, name) for one in listed]


def _plain(kind: str, text: str, name: str) -> Any:
    if kind == "address":
        return checksum_address(name, text)
    if kind == "string":
        return text
    if kind == "bool":
        if text not in ("true", "false"):
            raise InvalidInput(f"{name} must be true or false")
        return text == "true"
    if kind.startswith("bytes"):
        if not re.fullmatch(r"0x([0-9a-fA-F]{2})*", text, re.ASCII):
            raise InvalidInput(f"{name} must be 0x and hexadecimal digits, two for each byte")
        return bytes.fromhex(text[2:])
    sign = -1 if kind.startswith("int") and text.startswith("-") else 1
    try:
        return sign * decimal(text.removeprefix("-") if sign < 0 else text, name)
    except MalformedFile:
        raise InvalidInput(f"{name} must be a number in decimal digits") from None
