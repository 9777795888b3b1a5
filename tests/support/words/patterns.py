"""Turns of phrase that a reader stumbles over, and what docstrings must look like.

Each pattern has an example of what it refuses. An empty space in a pattern matches any white
space, so that a phrase is found across a line break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """A turn of phrase.

    Attributes:
        say: what to write in its place.
        pattern: a regular expression.
        example: a text in which it occurs.
    """

    say: str
    pattern: str
    example: str

    def found(self, text: str) -> list[re.Match[str]]:
        return list(re.finditer(self.pattern.replace(" ", r"\s+"), text))


_BE = r"\b(?:is|are|was|were|be|been|being)"
_NOT_THERE = r"(?<![Tt]here\s)"

TURNS = (
    Turn("is not a …", _NOT_THERE + _BE + r" no\b(?! longer| more| less)", "the file is no wallet"),
    Turn("is not one", _NOT_THERE + _BE + r" none\b", "an address that is none"),
    Turn("is not a …", r"\bwill not be any\b|\bis not any\b", "it is not any point"),
    Turn("if None", r"\bwhere (?:``)?None\b", "the default where None"),
    Turn(
        "None if …",
        r"(?:\bNone|\bempty|\bFalse|\bTrue|\bzero|-1|\b0|\"\")(?:``)? where\b",
        "the digest, or None where it is not known",
    ),
    Turn(
        "if it is not …",
        r"\bwhere (?:it|they|there|one) (?:is|are|has|have) (?:not|no|none)\b",
        "exits with 1 where it is not",
    ),
    Turn("checked, compared, used", r"\blooked at\b", "none of the points is looked at"),
    Turn("say which condition", r"\bas the (?:class|interface)\b", "InvalidInput: as the class"),
    Turn("like …", r"(?m)^\s*(?:@\w+ )?As (?:`|:\w+:|\{)", "As ``issue``, with the record"),
    Turn("a section Raises", r"\b(?:[Rr]aises|errors) as\b", "Reads a file. Raises as ``loads``."),
    Turn(
        "does not have the …",
        r"\b(?:has|have|had) not (?:the|a|an|its|their|one|m|prime|\d+)\b",
        "the verifier has not the number of inputs",
    ),
    Turn("is repeated", r"\b(?:is|are|was) there (?:twice|already)\b", "a share is there twice"),
    Turn("has another …", _BE + r" of (?:another|no|none)\b", "the node is of another chain"),
    Turn("compare with", r"\b(?:hold|holds|held) (?:\w+ ){0,5}against\b", "held against the sum"),
    Turn(
        "check", r"\b[Hh]olds? (?:every|each|all|it|them)(?: \w+)? to\b", "Hold every field to it"
    ),
    Turn(
        "does not know a …", r"\b(?:knows?|names?|gives?) no (?!more|less)\w+", "it knows no list"
    ),
    Turn("its own", r"\bthe own\b", "from the own file"),
    Turn("what will be …", _BE + r" to be (?!\b(?:sure|fair)\b)", "what is to be proved"),
    Turn("again", r"\b[Bb]egins? anew\b|\banyhow\b", "the arbiters begin anew"),
    Turn("say it", r"\b(?:does|do|did) as\b|: as above\b", "InvalidInput: as above"),
    Turn("a … is …", r": no such \w+", "InvalidInput: no such file"),
    Turn("others", r"\bbut that of\b|\bnor that of\b", "no key but that of the issuer"),
    Turn("require that …", r"\b[Ii]nsists? (?:that|on)\b", "Insist that a key is safe"),
    Turn(
        "the result is …", r"\b(?:came|comes?|became|becomes) of\b", "return what came of everybody"
    ),
    Turn("in fact, still", r"\ball the same\b", "it was accepted all the same"),
    Turn("is wrong", r"\bpassword is another\b", "WrongPassword: if the password is another"),
    Turn("package", r"\brooms\b|\b(?:this|each|every) room\b", "a helper that two rooms share"),
    Turn("… checks it", r"\bsees? to (?:it|that)\b", "any key will do: the verifier sees to that"),
)

EXCEPTION = r"[A-Z]\w+"
ROLE = re.compile(r":(?:class|meth|func|mod|data|exc|attr|obj|ref):`")
SINGLE = re.compile(r"(?<![`\w:])`[^`\n]+`(?![`_])")
SECTION = re.compile(
    r"(?m)^[ \t]*(Args|Arguments|Returns|Yields|Raises|Attributes|Warns|Note|Example):[ \t]*$"
)
ITEM = re.compile(rf"({EXCEPTION}(?:(?:, | or ){EXCEPTION})*): (?:if|when|always)\b")


def raises_items(docstring: str) -> list[str]:
    """Return the items of a docstring's Raises section, each as one line."""
    items: list[str] = []
    lines = iter(docstring.split("\n"))
    for line in lines:
        if line.strip() != "Raises:":
            continue
        outer = len(line) - len(line.lstrip())
        inner = 0
        for item in lines:
            depth = len(item) - len(item.lstrip())
            if not item.strip() or depth <= outer:
                break
            inner = inner or depth
            if depth == inner:
                items.append(item.strip())
            else:
                items[-1] += " " + item.strip()
    return items


def dialect_faults(docstring: str, exceptions: frozenset[str], of_function: bool) -> list[str]:
    """Return what is wrong with the form of a docstring.

    Args:
        docstring: the text between its quotes.
        exceptions: names of exceptions, which a function's docstring may name under Raises only.
        of_function: whether it describes a function.
    """
    faults = []
    if ROLE.search(docstring):
        faults.append("code stands in double backticks, without a role")
    if SINGLE.search(docstring):
        faults.append("code stands in double backticks, not in single ones")
    faults += [f"Raises: write 'Name: if …', not '{item}'"
               for item in raises_items(docstring) if not ITEM.match(item)]  # fmt: skip
    if of_function:
        rest = re.sub(
            r"(?ms)^([ \t]*)(Raises|Warns):[ \t]*\n(?:\1[ \t]+\S.*?\n)+", "\n", docstring + "\n"
        )
        for name in re.findall(
            rf"(?<![`\w.])({EXCEPTION})(?::| if\b| when\b| for\b| unless\b)", rest
        ):
            if name in exceptions:
                faults.append(f"{name} stands outside the section Raises")
    return faults
