"""Every public declaration of the contracts has a sentence, and its quantities have units.

Declarations are found in the compiler's syntax trees, private ones left out; their comments are
read from the source, because the trees carry none for value types and constants of a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

pytestmark = [pytest.mark.node, pytest.mark.slow]

KINDS = {
    "ContractDefinition": "contract",
    "EnumDefinition": "enum",
    "EnumValue": "enum value",
    "ErrorDefinition": "error",
    "EventDefinition": "event",
    "FunctionDefinition": "function",
    "ModifierDefinition": "modifier",
    "StructDefinition": "struct",
    "UserDefinedValueTypeDefinition": "value type",
    "VariableDeclaration": "variable",
}
OPENINGS = {"error": "Thrown when ", "event": "Emitted when "}
UNITS = {
    r"minor currency units": r"principal|\w*[pP]rincipal|instalment|lateFee|amount|amounts|level|"
    r"funded|balance|credit|feesOwed|received|recoveryOwed|start|debt|fees|overdue|remaining|"
    r"settlement|limit|accepted|paid|toInstalments|toFees",
    r"basis points": r"\w+Bps",
    r"Unix seconds": r"\w+At|policyNow|blockTime|(fundingD|d)eadline",
    r"seconds": r"period|grace|defaultAfter|fundingWindow|max\w+Age|epochLength|maxAge",
    r"base units": r"unit|tokens|withdrawnTokens|expected|actual",
}
"""Unit → the names of parameters and members that are measured in it, in the loan's interfaces."""
MEASURED = (
    "IApplicationGate", "IEligibilityGate", "ILoanEngine",
    "LoanEngine", "IProductBook", "ICreditBureau", "IConsents", "IHistoryTree",
    "ILoanMarket", "LoanMarket", "ILoanLens", "IRelay",
)  # fmt: skip
CLUMSY = re.compile(
    r"\b(?:is|are) (?:no|none)\b|\bhas not (?:the|a)\b|\bwhere none\b|\blooked at\b"
    r"|\bas the (?:class|interface)\b|@(?:notice|dev|param \w+|return) As\b",
    re.IGNORECASE,
)
TAG = re.compile(r"@(title|notice|dev|param|return|inheritdoc|author|custom:\S+)\b")


@dataclass(frozen=True)
class Declaration:
    """One declaration: where it is, what it is called, and its comment by tags."""

    kind: str
    owner: str
    name: str
    comment: str
    parts: tuple[tuple[str, str], ...]  # ("param" or "return", name)
    inherits: bool

    def __str__(self) -> str:
        return f"{self.owner}.{self.name} ({self.kind})"

    def tagged(self) -> list[tuple[str, str]]:
        """(tag, text) in order; text without a tag is a notice."""
        pieces = TAG.split("@notice " + self.comment if self.comment[:1] != "@" else self.comment)
        return [
            (tag, " ".join(text.split()))
            for tag, text in zip(pieces[1::2], pieces[2::2], strict=True)
        ]

    def sentences(self) -> list[str]:
        """What is said of the declaration itself."""
        return [text for tag, text in self.tagged() if tag in ("title", "notice", "dev")]

    def said_of(self, part: tuple[str, str], place: int) -> str:
        """What is said of a parameter, a member or a result."""
        tag, name = part
        if tag == "param":
            texts = [text for found, text in self.tagged() if found == tag]
            return next((t.removeprefix(name).strip() for t in texts if t.split()[0] == name), "")
        results = [text for found, text in self.tagged() if found == "return"]
        text = results[place] if place < len(results) else ""
        return text.removeprefix(name).strip() if name and text.split()[:1] == [name] else text


def comment_above(source: bytes, offset: int) -> str:
    """The lines that begin with three slashes, directly above a place in a source."""
    lines = source[:offset].decode().split("\n")[:-1]
    found: list[str] = []
    while lines and lines[-1].strip().startswith("///"):
        found.insert(0, lines.pop().strip()[3:].strip())
    return " ".join(found)


def parts_of(node: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What must be described beside a declaration; an internal one says it in its sentence."""
    if node.get("visibility") == "internal":
        return ()
    if node["nodeType"] == "StructDefinition":
        return tuple(("param", member["name"]) for member in node["members"])
    inputs = node.get("parameters")
    outputs = node.get("returnParameters")
    return (
        *(("param", p["name"]) for p in (inputs or {}).get("parameters", []) if p["name"]),
        *(("return", p["name"]) for p in (outputs or {}).get("parameters", [])),
    )


def declarations_in(node: Any, owner: str, source: bytes) -> Iterator[Declaration]:
    for child in node.get("nodes", []) + node.get("members", []):
        kind = KINDS.get(child["nodeType"])
        private = child.get("visibility") == "private"
        if kind is None or private or node["nodeType"] == "StructDefinition":
            continue
        comment = comment_above(source, int(child["src"].split(":")[0]))
        name = child["name"] or child["kind"]
        inherits = "@inheritdoc" in comment
        yield Declaration(kind, owner, name, comment, parts_of(child), inherits)
        inside = owner if kind in ("enum", "struct") else name
        yield from declarations_in(child, inside, source)


@pytest.fixture(scope="module")
def declarations(builder: ModuleType, contracts: Path) -> list[Declaration]:
    return [
        declaration
        for name, tree in builder.syntax_trees().items()
        for declaration in declarations_in(
            tree, name.rsplit("/", 1)[-1].removesuffix(".sol"), (contracts / name).read_bytes()
        )
    ]


def is_sentence(text: str) -> bool:
    """Whether a text has words, begins as a sentence does and ends as one."""
    return len(text.split()) >= 3 and not text[0].islower() and text[-1] == "."


def test_every_public_declaration_has_a_sentence(declarations: list[Declaration]) -> None:
    bare = [
        str(declaration)
        for declaration in declarations
        if not declaration.inherits
        and not any(
            is_sentence(text) or (tag == "title" and len(text.split()) >= 3)
            for tag, text in declaration.tagged()
            if tag in ("title", "notice", "dev")
        )
    ]
    assert bare == []
    assert len(declarations) >= 400


def test_every_parameter_member_and_result_is_described(declarations: list[Declaration]) -> None:
    bare = []
    for declaration in declarations:
        places = {"param": 0, "return": 0}
        for part in declaration.parts:
            said = declaration.said_of(part, places[part[0]])
            places[part[0]] += 1
            if not declaration.inherits and (len(said.split()) < 2 or said[-1] != "."):
                bare.append(f"{declaration}: {' '.join(part)}")
    assert bare == []
    assert sum(len(declaration.parts) for declaration in declarations) >= 600


def test_every_interface_states_its_assumptions(declarations: list[Declaration]) -> None:
    interfaces = [d for d in declarations if d.kind == "contract" and re.match("I[A-Z]", d.name)]
    assert len(interfaces) == 23
    for interface in interfaces:
        assert re.search(r"Assumptions?\b[^:]*: - ", interface.comment), interface.name


def test_errors_say_when_they_are_thrown_and_events_when_emitted(
    declarations: list[Declaration],
) -> None:
    for declaration in declarations:
        opening = OPENINGS.get(declaration.kind)
        if opening is not None:
            assert declaration.sentences()[0].startswith(opening), str(declaration)


def test_quantities_name_their_unit(declarations: list[Declaration]) -> None:
    silent = []
    for declaration in declarations:
        if declaration.owner not in MEASURED or declaration.inherits:
            continue
        places = {"param": 0, "return": 0}
        for part in declaration.parts:
            said = declaration.said_of(part, places[part[0]])
            places[part[0]] += 1
            for unit, names in UNITS.items():
                if re.fullmatch(names, part[1]) and unit not in said:
                    silent.append(f"{declaration}: {part[1]} is in {unit}")
    assert silent == []


def test_the_words_are_plain(declarations: list[Declaration]) -> None:
    for declaration in declarations:
        found = CLUMSY.search(declaration.comment)
        assert found is None, f"{declaration}: {found}"


def test_a_declaration_without_a_sentence_would_be_noticed() -> None:
    source = (
        b"    /// @notice Thrown when a b.\n    /// @param a The a.\n    error E();\n"
        b"    /// @param c The c.\n    event F();\n"
    )
    members = [
        {
            "nodeType": kind,
            "name": name,
            "src": f"{source.index(name.encode() + b'();') - len(word) - 1}:0:0",
            "parameters": {"parameters": [{"name": argument}]},
        }
        for kind, word, name, argument in (
            ("ErrorDefinition", "error", "E", "a"),
            ("EventDefinition", "event", "F", "b"),
        )
    ]
    error, event = declarations_in({"nodeType": "", "nodes": members}, "I", source)
    assert is_sentence(error.sentences()[0])
    assert error.said_of(("param", "a"), 0) == "The a."
    assert event.sentences() == []
    assert event.said_of(("param", "b"), 0) == ""
