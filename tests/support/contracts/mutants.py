"""Mutants of Solidity sources: one small change each, found in the compiler's syntax tree.

A mutant is a question to the tests: would you notice this? The operators change what people get
wrong: comparisons and their edges, arithmetic, constants, conditions that are negated, forced or
lose a part, checks and writes that are missing, arguments that are swapped, missing or zero,
modifiers that are missing, casts that cut. Statements that advance a loop stay, because a loop
without end is noticed by every test.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]

OPERATORS: Final = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "**": ("*",),
    "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("&",),
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
}  # fmt: skip
"""Operator of an expression → what replaces it."""

ASSIGNMENTS: Final = {"+=": "-=", "-=": "+=", "*=": "/=", "|=": "&=", "&=": "|=", "^=": "="}

COMMUTATIVE: Final = ("addmod", "mulmod")
"""Functions whose first two arguments may be exchanged."""

YUL: Final = {
    "add": ("sub",), "sub": ("add",), "mul": ("add",), "addmod": ("mulmod",),
    "mulmod": ("addmod",), "lt": ("gt",), "gt": ("lt",), "and": ("or",), "or": ("and",),
    "shl": ("shr",), "shr": ("shl",), "xor": ("and",),
}  # fmt: skip
"""Instruction of inline assembly → what replaces it."""

_NUMBER = re.compile(r"0x[0-9a-fA-F_]+|[0-9][0-9_]*")
_UINT = re.compile(r"uint(\d+)$")
_BYTES = re.compile(r"bytes(\d+)$")


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of one source.

    Attributes:
        file: source unit, for example ``src/CreditLedger.sol``.
        place: contract and function, ``CreditLedger.snapshot``.
        operator: kind of change, in a word or two.
        before: text that is replaced.
        after: text that replaces it.
        nth: which of several equal changes of the place it is, from 0.
        start: offset of the text in the source, bytes.
    """

    file: str
    place: str
    operator: str
    before: str
    after: str
    nth: int = 0
    start: int = 0

    @property
    def name(self) -> str:
        """The mutant in one line, without its offset: edits elsewhere do not rename it."""
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        which = f" #{self.nth}" if self.nth else ""
        return f"{self.place}: {self.operator}{which}: {before} -> {after or 'nothing'}"

    @property
    def rank(self) -> str:
        """What a file's mutants are sorted by: any first part of them is a fair sample."""
        return hashlib.sha256(f"{self.file} {self.name}".encode()).hexdigest()

    def applied(self, source: str) -> str:
        """Return the source with the change.

        Raises:
            ValueError: the text is not at its place: the mutant is of another version.
        """
        data, before = source.encode(), self.before.encode()
        if data[self.start : self.start + len(before)] != before:
            raise ValueError(f"{self.file} has changed at {self.name}")
        rest = data[self.start + len(before) :]
        return (data[: self.start] + self.after.encode() + rest).decode()


def mutants_of(file: str, source: str, tree: Node) -> list[Mutant]:
    """Return the mutants of a source, sorted by rank.

    Args:
        file: source unit name.
        source: its text.
        tree: its syntax tree, as ``contracts/build.py`` gives it.
    """
    found: list[Mutant] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for mutant in sorted(set(_Reader(file, source).read(tree)), key=lambda m: (m.start, m)):
        if mutant.before == mutant.after:
            continue
        same = (mutant.place, mutant.operator, mutant.before, mutant.after)
        found.append(replace(mutant, nth=seen[same]))
        seen[same] += 1
    return sorted(found, key=lambda mutant: mutant.rank)


def _span(node: Node) -> tuple[int, int]:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length


def _type(node: Node) -> str:
    return str(node.get("typeDescriptions", {}).get("typeString", ""))


def _is_constant(node: Node) -> bool:
    return node["nodeType"] == "Literal"  # type: ignore[no-any-return] # of a syntax tree


def _reverts(body: Node) -> bool:
    if body["nodeType"] == "Block":
        return len(body["statements"]) == 1 and _reverts(body["statements"][0])
    return str(body["nodeType"]) == "RevertStatement"


class _Reader:
    """Walks one tree and yields its mutants."""

    def __init__(self, file: str, source: str) -> None:
        self.file, self.data = file, source.encode()
        self.place = ""
        self.tells = False  # inside an error or an event

    def read(self, tree: Node) -> Iterator[Mutant]:
        for node in tree["nodes"]:
            yield from self.visit(node)

    def visit(self, node: Node) -> Iterator[Mutant]:
        kind = node["nodeType"]
        outer, told = self.place, self.tells
        if kind == "ContractDefinition":
            if node["contractKind"] == "interface":
                return
            self.place = node["name"]
        elif kind == "FunctionDefinition":
            own = node["name"] or node["kind"]
            self.place = f"{outer}.{own}" if outer else own
        elif kind in ("ImportDirective", "StructuredDocumentation"):
            return
        self.tells = told or kind in ("RevertStatement", "EmitStatement")
        change = getattr(self, f"_{kind}", None)
        if change is not None:
            yield from change(node)
        for name, child in node.items():
            if kind == "ForStatement" and name == "loopExpression":
                continue
            if kind == "YulForLoop" and name == "post":
                continue
            yield from self._children(child)
        self.place, self.tells = outer, told

    def _children(self, child: Any) -> Iterator[Mutant]:
        if isinstance(child, dict) and "nodeType" in child:
            yield from self.visit(child)
        elif isinstance(child, list):
            for item in child:
                yield from self._children(item)

    def text(self, node: Node) -> str:
        start, end = _span(node)
        return self.data[start:end].decode()

    def made(self, node: Node, operator: str, after: str) -> Mutant:
        start = _span(node)[0]
        return Mutant(self.file, self.place, operator, self.text(node), after, start=start)

    def removed(self, start: int, end: int) -> Mutant:
        """Return the mutant without a part of a condition, and its operator."""
        text = self.data[start:end].decode()
        return Mutant(self.file, self.place, "part of a condition", text, "", start=start)

    def between(self, node: Node, left: Node, right: Node, old: str, new: str) -> str:
        """Return the text of a node with the token between two of its parts replaced."""
        (start, end), (_, low), (high, _) = _span(node), _span(left), _span(right)
        middle = self.data[low:high].decode().replace(old, new, 1)
        return self.data[start:low].decode() + middle + self.data[high:end].decode()

    def swapped(self, node: Node, left: Node, right: Node) -> str:
        """Return the text of a node with two of its parts exchanged."""
        (start, end), (a, b), (c, d) = _span(node), _span(left), _span(right)
        pieces = (self.data[start:a], self.data[c:d], self.data[b:c], self.data[a:b])
        return (b"".join(pieces) + self.data[d:end]).decode()

    def without(self, node: Node, parts: list[Node], index: int) -> str:
        """Return the text of a node without one of at least two parts and a comma."""
        start, end = _span(node)
        low, high = _span(parts[index])
        if index:
            low = _span(parts[index - 1])[1]
        else:
            high = _span(parts[1])[0]
        return (self.data[start:low] + self.data[high:end]).decode()

    def instead(self, node: Node, part: Node, text: str) -> str:
        """Return the text of a node with another text in place of a part."""
        (start, end), (low, high) = _span(node), _span(part)
        return self.data[start:low].decode() + text + self.data[high:end].decode()

    # --- expressions ------------------------------------------------------------------------

    def _BinaryOperation(self, node: Node) -> Iterator[Mutant]:
        left, right, operator = node["leftExpression"], node["rightExpression"], node["operator"]
        for new in OPERATORS.get(operator, ()):
            yield self.made(node, operator, self.between(node, left, right, operator, new))
        if operator in ("&&", "||"):
            yield self.removed(_span(left)[1], _span(node)[1])
            if left.get("operator") != operator:  # else each of its parts goes alone
                yield self.removed(_span(node)[0], _span(right)[0])

    def _UnaryOperation(self, node: Node) -> Iterator[Mutant]:
        if node["operator"] == "!":
            yield self.made(node, "not", self.text(node["subExpression"]))
        elif node["operator"] == "++":
            yield self.made(node, "++", self.text(node).replace("++", "--"))

    def _Conditional(self, node: Node) -> Iterator[Mutant]:
        left, right = node["trueExpression"], node["falseExpression"]
        yield self.made(node, "choice", self.text(left))
        yield self.made(node, "choice", self.text(right))

    def _Literal(self, node: Node) -> Iterator[Mutant]:
        text = self.text(node)
        if node["kind"] == "bool":
            yield self.made(node, "bool", "false" if text == "true" else "true")
        elif node["kind"] == "string" and text != '""':
            yield self.made(node, "text", text[:-1] + '?"')
        elif node["kind"] == "number":
            yield from self._number(node, text)

    def _number(self, node: Node, text: str) -> Iterator[Mutant]:
        match = _NUMBER.match(text)
        if match is None or text[match.end() :].startswith("e"):
            return
        value = int(match.group().replace("_", ""), 0)
        yield self.made(node, "constant", f"{value + 1}{text[match.end() :]}")
        if 0 < value < 1 << 32:
            yield self.made(node, "constant", f"{value - 1}{text[match.end() :]}")

    def _TupleExpression(self, node: Node) -> Iterator[Mutant]:
        parts = [part for part in node["components"] if part]
        yield from self._exchanges(node, parts)

    def _exchanges(self, node: Node, parts: list[Node]) -> Iterator[Mutant]:
        for left, right in pairwise(parts):
            if _type(left) == _type(right):
                yield self.made(node, "swapped", self.swapped(node, left, right))

    def _FunctionCall(self, node: Node) -> Iterator[Mutant]:
        parts, callee = node["arguments"], self.text(node["expression"])
        if node["kind"] == "typeConversion":
            yield from self._cast(node, callee, parts[0])
            return
        if node["names"]:
            return
        # a product and a sum stay the same
        yield from self._exchanges(node, parts[1:] if callee in COMMUTATIVE else parts)
        if callee in ("abi.encode", "abi.encodePacked", "bytes.concat") and len(parts) > 1:
            for index in range(len(parts)):
                yield self.made(node, "missing part", self.without(node, parts, index))
        elif node["kind"] == "functionCall" and not callee.startswith("abi.") and not self.tells:
            for part in parts:
                if _UINT.match(_type(part)) and not _is_constant(part):
                    yield self.made(node, "zero argument", self.instead(node, part, "0"))

    def _cast(self, node: Node, callee: str, part: Node) -> Iterator[Mutant]:
        unsigned, array = _UINT.match(callee), _BYTES.match(callee)
        if unsigned and 8 < int(unsigned[1]) < 256 and not _is_constant(part):
            yield self.made(node, "cut", f"uint8({self.text(part)})")
        elif array and int(array[1]) > 1 and not _is_constant(part):
            yield self.made(node, "cut", f"{callee}(bytes1({self.text(part)}))")

    # --- statements -------------------------------------------------------------------------

    def _ModifierInvocation(self, node: Node) -> Iterator[Mutant]:
        if node.get("kind") == "modifierInvocation":
            yield self.made(node, "no modifier", "")

    def _IfStatement(self, node: Node) -> Iterator[Mutant]:
        condition = node["condition"]
        if node.get("falseBody") is None and _reverts(node["trueBody"]):
            yield self.made(condition, "no check", "false")
            return
        yield self.made(condition, "always", "true")
        yield self.made(condition, "never", "false")

    def _Assignment(self, node: Node) -> Iterator[Mutant]:
        operator = node["operator"]
        if operator in ASSIGNMENTS:
            left, right = node["leftHandSide"], node["rightHandSide"]
            after = self.between(node, left, right, operator, ASSIGNMENTS[operator])
            yield self.made(node, operator, after)

    def _ExpressionStatement(self, node: Node) -> Iterator[Mutant]:
        what = {"Assignment": "no write", "FunctionCall": "no call"}
        operator = what.get(node["expression"]["nodeType"], "no step")
        yield self.made(node["expression"], operator, "0")

    def _EmitStatement(self, node: Node) -> Iterator[Mutant]:
        yield self.made(node, "no event", "0")

    def _Return(self, node: Node) -> Iterator[Mutant]:
        value = node.get("expression")
        if value is None or _is_constant(value):
            return
        if _type(value) == "bool":
            yield self.made(value, "answer", "true")
            yield self.made(value, "answer", "false")
        elif _UINT.match(_type(value)):
            yield self.made(value, "answer", "0")

    # --- inline assembly --------------------------------------------------------------------

    def _YulFunctionCall(self, node: Node) -> Iterator[Mutant]:
        name, parts = node["functionName"]["name"], node["arguments"]
        for new in YUL.get(name, ()):
            text = new + self.text(node)[len(name) :]
            yield self.made(node, name, text)
        if name in ("lt", "gt"):
            other = "gt" if name == "lt" else "lt"
            yield self.made(node, name, f"iszero({other}{self.text(node)[2:]})")
        elif name == "eq":
            yield self.made(node, name, f"iszero({self.text(node)})")
        elif name == "iszero":
            yield self.made(node, name, self.text(parts[0]))
        elif name == "and":
            yield self.made(node, "part of a condition", self.text(parts[0]))
            yield self.made(node, "part of a condition", self.text(parts[1]))

    def _YulLiteral(self, node: Node) -> Iterator[Mutant]:
        if node["kind"] == "number":
            yield self.made(node, "constant", str(int(self.text(node), 0) + 1))

    def _YulAssignment(self, node: Node) -> Iterator[Mutant]:
        yield self.made(node, "no write", "")

    def _YulExpressionStatement(self, node: Node) -> Iterator[Mutant]:
        yield self.made(node, "no call", "")
