"""Every type conversion of the contracts, and the ones that may lose or claim something.

``python -m support.contracts.casts``, in ``tests/``, prints them: an exact one keeps every value by
its types alone; the others need an entry in ``tests/contracts/test_casts.py``.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTRACTS = Path(__file__).parents[3] / "contracts"
_UNSIGNED = re.compile(r"uint(\d+)")
_BYTES = re.compile(r"bytes(\d+)")
_LITERAL = re.compile(r"int_const (\d+)")


@dataclass(frozen=True)
class Cast:
    """One conversion ``to(what)``.

    Attributes:
        file: source, without ``src/``.
        owner: function that contains it; the contract's name outside functions.
        text: the conversion as it is written, with single spaces.
        before: type of the argument.
        after: type of the result.
    """

    file: str
    owner: str
    text: str
    before: str
    after: str

    @property
    def is_exact(self) -> bool:
        """Whether every value of the argument's type is kept."""
        before, after = self.before, self.after
        wide = _UNSIGNED.fullmatch(after)
        if wide is not None and (found := _LITERAL.fullmatch(before)) is not None:
            return int(found[1]) < 1 << int(wide[1])
        for kind in (_UNSIGNED, _BYTES):
            narrow, wide = kind.fullmatch(before), kind.fullmatch(after)
            if narrow is not None and wide is not None:
                return int(narrow[1]) <= int(wide[1])
        if {before, after} in ({"uint256", "bytes32"}, {"uint160", "address"}):
            return True
        literal = _LITERAL.fullmatch(before)
        if literal is not None:
            return int(literal[1]) < {"address": 1 << 160, "bytes32": 1}.get(after, 0)
        return after == "address" and before.startswith(("contract ", "library "))


def casts(trees: Mapping[str, Any], sources: Mapping[str, bytes]) -> list[Cast]:
    """Return all conversions, in the order of the sources.

    Args:
        trees: source unit name → the compiler's syntax tree.
        sources: source unit name → text.
    """
    found: list[Cast] = []
    for unit, tree in sorted(trees.items()):
        source = sources[unit]
        for owner, node in _conversions(tree, ""):
            start, length, _ = (int(part) for part in node["src"].split(":"))
            text = " ".join(source[start : start + length].decode().split())
            types = (node["arguments"][0]["typeDescriptions"], node["typeDescriptions"])
            before, after = (str(kind["typeString"]) for kind in types)
            found.append(Cast(unit.removeprefix("src/"), owner, text, before, after))
    return found


def _conversions(node: Any, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for child in node:
            yield from _conversions(child, owner)
    elif isinstance(node, dict):
        kind = node.get("nodeType")
        if kind in ("ContractDefinition", "FunctionDefinition", "ModifierDefinition"):
            owner = node["name"] or node.get("kind", "")
        if kind == "FunctionCall" and node.get("kind") == "typeConversion":
            yield owner, node
        for child in node.values():
            yield from _conversions(child, owner)


def _main() -> None:
    spec = importlib.util.spec_from_file_location("contracts_build", CONTRACTS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    trees = builder.syntax_trees()
    sources = {unit: (CONTRACTS / unit).read_bytes() for unit in trees}
    for cast in casts(trees, sources):
        kind = "exact " if cast.is_exact else "listed"
        said = f"{cast.file} {cast.owner}: {cast.text}: {cast.before} -> {cast.after}"
        sys.stdout.write(f"{kind} {said}\n")


if __name__ == "__main__":
    sys.exit(_main())
