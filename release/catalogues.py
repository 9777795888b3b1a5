"""Update the catalogues of translations: ``make catalogues``.

The texts are found in the code: what is given to ``tr``, ``tr_many`` and ``marked``, in the page's
templates as well; the help of the commands; the first sentence of each error's class; the messages
of all errors, and the notes and lines that the command line prints; the names of its results. The
``.po`` keeps its translations, new texts come in empty, and texts that are no longer in the code
go. The ``.mo`` is made from it, in the format of GNU gettext.

Babel would read most of this, but not the help of commands and the messages of errors, so these few
functions do it all, and nothing has to be installed.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zkcredit.errors

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CATALOGUE",
    "Entry",
    "binary",
    "dumps",
    "loads",
    "messages",
    "places_in",
    "updated",
]

ROOT: Final = Path(__file__).resolve().parents[1]
CATALOGUE: Final = ROOT / "zkcredit" / "locale" / "zh_CN" / "LC_MESSAGES" / "zkcredit.po"

ERRORS: Final = frozenset(zkcredit.errors.__all__)
"""The classes of errors; what one of them says, a person reads at the command line."""
_OF_PAGES: Final = ("/reference.py", "/examples.py")
"""Modules of the command line that write a page of the reference, in English."""
_IN_TEMPLATE: Final = re.compile(r'\btr\("([^"\\]+)"')
_HEADER: Final = """\
# Texts of zkcredit in Simplified Chinese. `make catalogues` updates this file.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""


@dataclass(frozen=True)
class Entry:
    """A text and its translation.

    Attributes:
        text: the English text.
        many: the English text of other numbers than 1, or "".
        told: the translation; "" if nobody has made it yet.
        places: where the text is.
    """

    text: str
    many: str = ""
    told: str = ""
    places: tuple[str, ...] = ()


# --- what is in the code --------------------------------------------------------------------------


def messages() -> dict[str, Entry]:
    """Return every text, with where it is."""
    found: dict[str, Entry] = {}
    for place, text, many in _found():
        before = found.get(text, Entry(text, many))
        places = tuple(dict.fromkeys((*before.places, place)))
        found[text] = Entry(text, before.many or many, "", places)
    return found


def _found() -> Iterator[tuple[str, str, str]]:
    package = ROOT / "zkcredit"
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        yield from places_in(f"zkcredit/{name}", ast.parse(path.read_text(encoding="utf-8")))
    yield from _of_templates()
    yield from _of_purposes()
    yield from _of_kinds()
    yield from _of_errors()
    yield from _of_commands()


def places_in(name: str, tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield place, text and plural of each text in a module.

    Texts of errors are those of what is raised, and of every error that is made, by its class's
    name: some are made first, and raised elsewhere. In the command line's modules, every text that
    is put together of parts counts, too.

    Args:
        name: the module's place.
        tree: its syntax tree.
    """
    printed = name.startswith("zkcredit/cli/") and not name.endswith(_OF_PAGES)
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    raised = {node.exc for node in nodes if isinstance(node, ast.Raise)}
    wishes = {call.args[0] for call in calls if _called(call) == "Wish" and call.args}
    for node in nodes:
        if printed and isinstance(node, ast.JoinedStr) and node not in wishes:
            # a line of what a command prints, and no name, key or line of rich's markup
            lines = [text for text in _templates([node]) if " " in text and "[/" not in text]
            yield from ((name, text, "") for text in lines)
        if not isinstance(node, ast.Call):
            continue
        called, given = _called(node), node.args
        if called in ("tr", "marked"):
            yield from ((name, text, "") for text in _constants(given[:1]))
        elif called == "tr_many":
            texts = _constants(given[:2])
            if len(texts) == 2:
                yield name, texts[0], texts[1]
        elif called == "note" or called in ERRORS or node in raised:
            yield from ((name, text, "") for text in _templates(given[:1]))
        elif called == "emit":
            yield from ((name, text, "") for text in _templates(given[1:2]))
            for inner in ast.walk(given[0]) if given else ():
                if isinstance(inner, ast.Dict):
                    keys = _constants([key for key in inner.keys if key is not None])
                    yield from ((name, key.replace("_", " "), "") for key in keys)


def _called(call: ast.Call) -> str:
    """Return the name of what is called: ``f(…)``, or of an error also ``module.Error(…)``."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    is_error = isinstance(call.func, ast.Attribute) and call.func.attr in ERRORS
    return call.func.attr if is_error and isinstance(call.func, ast.Attribute) else ""


def _constants(nodes: list[ast.expr]) -> list[str]:
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str) and value]


def _templates(nodes: list[ast.expr]) -> list[str]:
    found = []
    for node in nodes:
        if isinstance(node, ast.BoolOp):  # lines, or a sentence if there are none
            found += _templates(node.values)
        elif isinstance(node, ast.IfExp):
            found += _templates([node.body, node.orelse])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts, number = "", 0
            for value in node.values:
                if isinstance(value, ast.Constant):
                    parts += str(value.value)
                else:
                    parts, number = f"{parts}{{{number}}}", number + 1
            found.append(parts)
    return [text for text in found if re.search(r"[a-z]{2}", re.sub(r"\{\d+\}", "", text))]


def _of_templates() -> Iterator[tuple[str, str, str]]:
    """Yield what the templates of the page give to ``tr``."""
    for path in sorted((ROOT / "zkcredit" / "page" / "templates").glob("*.html")):
        for text in _IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            yield f"zkcredit/page/templates/{path.name}", text, ""


def _of_purposes() -> Iterator[tuple[str, str, str]]:
    from zkcredit.loan import PURPOSES

    for purpose in PURPOSES.values():
        yield "zkcredit/loan/purposes.py", purpose.words, ""


def _of_kinds() -> Iterator[tuple[str, str, str]]:
    from zkcredit._internal.refused.kinds import KINDS

    for kind in KINDS:
        yield "zkcredit/_internal/refused/kinds.py", kind, ""
    yield "zkcredit/_internal/refused/kinds.py", ", but this is {0}", ""
    yield "zkcredit/_internal/refused/kinds.py", "{0} (zkcredit{1})", ""


def _of_errors() -> Iterator[tuple[str, str, str]]:
    import zkcredit.errors as errors
    from zkcredit.cli.speech import first_line, plain

    for name in errors.__all__:
        yield "zkcredit/errors.py", plain(first_line(getattr(errors, name))), ""


def _of_commands() -> Iterator[tuple[str, str, str]]:
    from typer.main import get_command

    from zkcredit.cli.app import _COMMANDS, app

    root: Any = get_command(app)
    for _, (_, summary) in _COMMANDS.items():
        yield "zkcredit --help", summary, ""
    yield from _help(root, "zkcredit", "zkcredit --help")
    for name in _COMMANDS:
        yield from _help_of_all(root.commands[name], f"zkcredit {name}")


def _help_of_all(command: Any, path: str) -> Iterator[tuple[str, str, str]]:
    yield from _help(command, path, path)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _help_of_all(inner, f"{path} {name}")


def _help(command: Any, path: str, place: str) -> Iterator[tuple[str, str, str]]:
    from zkcredit.cli.speech import plain

    told = [command.help, *(getattr(one, "help", None) for one in command.params)]
    if path == "zkcredit":
        told.append(command.epilog)
    yield from ((place, plain(text), "") for text in told if text)


# --- the catalogue --------------------------------------------------------------------------------


def loads(text: str) -> dict[str, Entry]:
    """Read a catalogue that ``dumps`` wrote.

    Raises:
        ValueError: if a line is something else.
    """
    entries: dict[str, Entry] = {}
    for block in text.split("\n\n"):
        parts = {"msgid": "", "msgid_plural": "", "msgstr": ""}
        places: list[str] = []
        part = ""
        for line in block.splitlines():
            if line.startswith("#:"):
                places.append(line[2:].strip())
                continue
            if line.startswith("#") or not line.strip():
                continue
            found = re.fullmatch(r'(?:(msgid|msgid_plural|msgstr)(?:\[0\])? )?("(?:.*)")', line)
            if found is None:
                raise ValueError(f"not a line of a catalogue: {line}")
            part = found[1] or part
            parts[part] += _unquoted(found[2])
        if parts["msgid"]:
            entries[parts["msgid"]] = Entry(
                parts["msgid"], parts["msgid_plural"], parts["msgstr"], tuple(places)
            )
    return entries


def dumps(entries: dict[str, Entry]) -> str:
    """Return a catalogue as text, in the order of the entries."""
    blocks = [_HEADER]
    for entry in entries.values():
        lines = [f"#: {place}" for place in entry.places]
        lines.append(f"msgid {_quoted(entry.text)}")
        if entry.many:
            lines.append(f"msgid_plural {_quoted(entry.many)}")
        lines.append(f"msgstr{'[0]' if entry.many else ''} {_quoted(entry.told)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def updated(before: dict[str, Entry]) -> dict[str, Entry]:
    """Return the texts of the code, with the translations that there were."""
    return {
        text: Entry(text, now.many, before[text].told if text in before else "", now.places)
        for text, now in messages().items()
    }


def binary(entries: dict[str, Entry]) -> bytes:
    """Return the catalogue as gettext reads it, without the texts that have no translation."""
    header = "".join(_unquoted(line) for line in _HEADER.splitlines() if line.startswith('"'))
    pairs = {"": header}
    for entry in entries.values():
        if entry.told:
            key = f"{entry.text}\0{entry.many}" if entry.many else entry.text
            pairs[key] = entry.told
    rows = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    keys = b"".join(text + b"\0" for text, _ in rows)
    values = b"".join(text + b"\0" for _, text in rows)
    tables = 28 + 16 * len(rows)
    texts, translations = [], []
    at, then = tables, tables + len(keys)
    for text, translation in rows:
        texts += [len(text), at]
        translations += [len(translation), then]
        at, then = at + len(text) + 1, then + len(translation) + 1
    head = [0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, tables]
    return (
        struct.pack(f"<{len(head) + 4 * len(rows)}I", *head, *texts, *translations) + keys + values
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = escaped.split("\n")
    if len(lines) == 1:
        return f'"{escaped}"'
    return "\n".join(['""', *(f'"{line}\\n"' for line in lines[:-1]), f'"{lines[-1]}"'])


def _unquoted(text: str) -> str:
    signs = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\"}
    return re.sub(r'\\[nt"\\]', lambda found: signs[found[0]], text[1:-1])


def main() -> None:
    """Update the catalogue, and say what has no translation."""
    before = loads(CATALOGUE.read_text(encoding="utf-8")) if CATALOGUE.exists() else {}
    entries = updated(before)
    CATALOGUE.write_text(dumps(entries), encoding="utf-8")
    CATALOGUE.with_suffix(".mo").write_bytes(binary(entries))
    missing = [text for text, entry in entries.items() if not entry.told]
    sys.stdout.write(f"{len(entries)} texts, {len(missing)} without a translation\n")
    sys.stdout.writelines(f"  {text.splitlines()[0]}\n" for text in missing[:20])


if __name__ == "__main__":
    main()
