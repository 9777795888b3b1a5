"""Every public name of the library, from its modules down to the options of its commands."""

from __future__ import annotations

import ast
import importlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from support.words.sentences import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


class Name(NamedTuple):
    """A public name.

    Attributes:
        kind: module, class, function, parameter or attribute.
        where: the dotted name; a parameter stands in brackets behind its function's.
        type: a parameter's or an attribute's annotation.
    """

    kind: str
    where: str
    type: str = ""

    @property
    def text(self) -> str:
        """The name itself; a module's is dotted."""
        if self.kind == "module":
            return self.where
        return re.split(r"[.(]", self.where.rstrip(")"))[-1]

    @property
    def words(self) -> list[str]:
        """The words of which the name is made, in lower case."""
        last = self.text.rpartition(".")[2]
        return re.findall(r"[a-z0-9]+", re.sub(r"([A-Z][a-z])", r"_\1", last).lower())


def _members(node: ast.AST, prefix: str, in_class: bool) -> Iterator[Name]:
    for child in getattr(node, "body", ()):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield Name("class", f"{prefix}.{child.name}")
            yield from _members(child, f"{prefix}.{child.name}", True)
        elif isinstance(child, ast.FunctionDef):
            if child.name.startswith("_") and child.name != "__init__":
                continue
            yield Name("function", f"{prefix}.{child.name}")
            for group in (child.args.posonlyargs, child.args.args, child.args.kwonlyargs):
                for argument in group:
                    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
                    yield Name("parameter", f"{prefix}.{child.name}({argument.arg})", annotation)
        elif isinstance(child, ast.AnnAssign) and in_class:
            target = ast.unparse(child.target)
            if not target.startswith("_"):
                yield Name("attribute", f"{prefix}.{target}", ast.unparse(child.annotation))


@lru_cache
def public_names() -> tuple[Name, ...]:
    """Return every name below ``zkcredit`` that does not begin with an underscore."""
    found: list[Name] = []
    for path in sorted((ROOT / "zkcredit").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        found.append(Name("module", module))
        found += _members(ast.parse(path.read_text()), module, False)
    return tuple(found)


@lru_cache
def resolve(dotted: str) -> bool:
    """Return whether a dotted name is a module, or a name that a module or a class has."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for name in parts[size:]:
            fields = vars(found).get("__annotations__", {})
            if not hasattr(found, name) and name not in fields:
                return False
            found = getattr(found, name, None)
        return True
    return False


@lru_cache
def command_options() -> tuple[tuple[str, str], ...]:
    """Return command and option for every option of the command line."""
    from typer.main import get_command

    from zkcredit.cli.app import app

    def walk(name: str, command: Any) -> Iterator[tuple[str, str]]:
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("--"):
                    yield name, option
        for inner, nested in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {inner}".strip(), nested)

    return tuple(walk("", get_command(app)))
