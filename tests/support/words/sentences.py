"""Every sentence that the project writes for people, with its file and line; and a seeded draw.

``python tests/support/words/sentences.py --seed 9 --count 200`` prints 200 sentences out of all
docstrings, comments, messages, contract notes and pages, so that two versions of the project can
be read side by side. ``--root`` names another checkout.
"""

from __future__ import annotations

import argparse
import ast
import io
import random
import re
import sys
import tokenize
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]

PYTHON = ("zkcredit", "examples", "benchmarks", "fuzz", "release")
"""Folders whose Python files are read; the tests' own words are for their authors only."""

MADE = {"out", "_build"}
"""Folders that benchmarks and sphinx make: environments of other provers, pages."""

DOCSTRING, COMMENT, MESSAGE, PAGE = "docstring", "comment", "message", "page"


@dataclass(frozen=True)
class Passage:
    """A piece of prose as it stands in a file; its lines are the file's lines."""

    path: str
    line: int
    kind: str
    text: str
    of_function: bool = False

    def line_at(self, offset: int) -> int:
        """Return the file's line of a character of ``text``.

        A message may be put together from several literals, so its first line is all we know.
        """
        return self.line + (0 if self.kind == MESSAGE else self.text.count("\n", 0, offset))


# --- Python -----------------------------------------------------------------------------------


def _docstrings(tree: ast.AST) -> Iterator[tuple[ast.Constant, bool]]:
    """Yield the strings that stand as statements, and whether each describes a function."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for number, statement in enumerate(body if isinstance(body, list) else ()):
            value = getattr(statement, "value", None)
            if not isinstance(statement, ast.Expr) or not isinstance(value, ast.Constant):
                continue
            if isinstance(value.value, str):
                function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield value, function and number == 0


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _literal(part) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return ""


def _messages(tree: ast.AST, docstrings: set[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield string literals that read as words: error texts, help texts, lines that are printed."""
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inside:
            text = _literal(node)
            sql = re.match(r"(CREATE|SELECT|INSERT|UPDATE|DELETE|PRAGMA) ", text)
            words = re.search(r"[a-z]{2}[,:;]? +[a-z{]", text)
            if node not in docstrings and words and not sql:
                yield node.lineno, text


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments; those on consecutive lines of their own are one."""
    block: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, alone = token.start[0], not token.line[: token.start[1]].strip()
        words = token.string.lstrip("#! ").rstrip("- ")
        if block and alone and line == last + 1:
            block.append(words)
        else:
            if block:
                yield first, "\n".join(block)
            block, first = [words], line
        last = line if alone else -1
    if block:
        yield first, "\n".join(block)


def _python(path: str, source: str) -> Iterator[Passage]:
    tree = ast.parse(source)
    docstrings = dict(_docstrings(tree))
    for node, function in docstrings.items():
        assert isinstance(node.value, str)
        yield Passage(path, node.lineno, DOCSTRING, node.value, function)
    for line, text in _messages(tree, set(docstrings)):
        yield Passage(path, line, MESSAGE, text)
    for line, text in _comments(source):
        yield Passage(path, line, COMMENT, text)


# --- contracts, kernel, pages --------------------------------------------------------------------


def _marked(path: str, source: str) -> Iterator[Passage]:
    """Yield comments of Solidity and C++: ``//``, ``///`` and ``/* */``."""
    block: list[str] = []
    first = 0
    starred = False
    for number, line in enumerate([*source.split("\n"), ""], 1):
        words = None
        if starred or line.lstrip().startswith("/*"):
            starred = "*/" not in line
            words = line.strip().removesuffix("*/").lstrip("/* ")
        elif found := re.search(r"(?<![:\"\w])//+(.*)$", line):
            words = found[1].strip()
        whole = words is not None and (starred or line.lstrip()[:1] in ("/", "*"))
        if block and not whole:
            yield Passage(path, first, COMMENT, "\n".join(block))
            block = []
        if words is None:
            continue
        if whole:
            first = first if block else number
            block.append(words)
        else:
            yield Passage(path, number, COMMENT, words)
    if block:
        yield Passage(path, first, COMMENT, "\n".join(block))


def _page(path: str, source: str) -> Iterator[Passage]:
    """Yield a page without its code; cells of tables end like paragraphs."""
    lines, fence = [], ""
    for line in source.split("\n"):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
            lines.append("")
        elif fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
            lines.append("")
        else:
            lines.append(line)
    yield Passage(path, 1, PAGE, "\n".join(lines))


READERS = {
    ".py": _python,
    ".pyi": _python,
    ".md": _page,
    **dict.fromkeys((".sol", ".hpp", ".cpp"), _marked),
}


def files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that are read, in order."""
    python = (path for folder in PYTHON for path in (root / folder).rglob("*.py*"))
    sol = (root / "contracts" / "src").rglob("*.sol")
    cpp = (path for path in (root / "cpp").rglob("*") if path.suffix in (".hpp", ".cpp"))
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    found = [*python, *sol, *cpp, *pages]
    yield from sorted(
        path
        for path in found
        if path.suffix in READERS
        and path.is_file()
        and not MADE.intersection(path.relative_to(root).parts)
    )


@lru_cache
def passages(root: Path = ROOT) -> tuple[Passage, ...]:
    """Return every piece of prose of a checkout."""
    return tuple(
        passage
        for path in files(root)
        for passage in READERS[path.suffix](path.relative_to(root).as_posix(), path.read_text())
    )


# --- sentences ------------------------------------------------------------------------------------

ITEM = r"[-*|#@] ?|\d+\. |(?:Args|Returns|Yields|Raises|Attributes|Warns):|[`\w, ]{1,40}: [^ ]"

BREAK = re.compile(rf"\n[ \t]*\n|\n[ \t]*(?={ITEM})|(?<=\|)")
"""Where a paragraph ends: an empty line, an item, a row or cell, a heading, a NatSpec tag."""

STOP = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(`A-Z])")


def sentences(root: Path = ROOT) -> Iterator[tuple[str, int, str]]:
    """Yield path, line and words of each sentence of at least four words."""
    for passage in passages(root):
        start = 0
        for piece in re.split(f"({BREAK.pattern})", passage.text):
            offset, start = start, start + len(piece)
            for sentence in STOP.split(piece):
                words = " ".join(sentence.split()).strip("|#-* ")
                words = re.sub(r"^(Args|Returns|Yields|Raises|Attributes|Warns): ", "", words)
                if len(re.findall(r"[A-Za-z]{2,}", words)) >= 4:
                    yield passage.path, passage.line_at(offset), words


def main() -> None:
    """Print a seeded draw of the sentences of a checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args()
    found = sorted(
        {words: (path, line, words) for path, line, words in sentences(options.root)}.values()
    )
    chosen = random.Random(options.seed).sample(found, min(options.count, len(found)))
    for path, line, words in sorted(chosen):
        sys.stdout.write(f"{path}:{line}: {words}\n")


if __name__ == "__main__":
    main()
