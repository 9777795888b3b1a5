"""Every snippet of README and docs runs.

- ``python`` blocks of one page run in order, in one fresh process and one empty folder.
- ``console`` blocks run line by line in the same folder: a line ``$ command`` must exit 0, or
  with N where the line ends in ``# exits N``; ``> `` continues a command. Other lines show output
  and are not compared.
- ``sh`` blocks hold make targets only; each must exist in the Makefile.

A page's blocks share one folder, so a later block may use what an earlier one made.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.chain.free_port import free_port
from support.demo.telling import told

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exits (\d+)$")


def blocks(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page, as (language, body), in order."""
    return [(m["kind"], m["body"]) for m in FENCE.finditer(page.read_text())]


def commands(body: str) -> list[tuple[str, int]]:
    """The commands of a console block, each with the exit code that it must have."""
    found: list[tuple[str, int]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            expected = EXIT.search(line)
            found.append((EXIT.sub("", line[2:]), int(expected[1]) if expected else 0))
        elif line.startswith("> "):
            command, code = found[-1]
            found[-1] = (f"{command}\n{line[2:]}", code)
    return found


def script(page: Path) -> str:
    """One bash script that runs the page's console and python blocks in order."""
    lines = ["set -u", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    python: list[str] = []

    def flush() -> None:
        if python:
            # One file for all python blocks so far keeps their names in one namespace.
            lines.append(f"python - <<'SNIPPET' || exit 1\n{''.join(python)}\nSNIPPET")
            python.clear()

    for kind, body in blocks(page):
        if kind == "python":
            python.append(body)
        elif kind == "console":
            flush()
            for command, code in commands(body):
                lines.append(
                    f"{command}\nstatus=$?; [ $status -eq {code} ] || "
                    f"{{ echo exit $status: {shlex.quote(command)} >&2; exit 1; }}"
                )
    flush()
    return "\n".join(lines) + "\n"


def runnable(page: Path) -> bool:
    return any(kind in {"python", "console"} for kind, _ in blocks(page))


STORY = re.compile(r"^zkcredit demo --story (\w+) --json$", re.MULTILINE)
TOLD = """#!/bin/sh
[ "$*" = "demo --story {story} --json" ] || exec {real} "$@"
cat {err} >&2 && cat {out}
"""


def stories(page: Path) -> list[str]:
    """The demo's stories that the page runs."""
    return STORY.findall(script(page))


def retold(story: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A command ``zkcredit`` that prints what the story's one telling of this run printed.

    Everything else goes to the real one.
    """
    telling = told(story, tmp_path_factory)
    out, err, command = (folder / name for name in ("out", "err", "zkcredit"))
    out.write_text(telling.out)
    err.write_text(telling.err)
    real = Path(sys.executable).parent / "zkcredit"
    command.write_text(TOLD.format(story=story, out=out, err=err, real=real))
    command.chmod(0o755)


PORT = re.compile(r"\b18745\b")
"""Where pages start their chain; a reader sees one number."""


def on_a_free_port(text: str) -> str:
    """The same commands with a port that nobody on this machine listens at."""
    return PORT.sub(str(free_port()), text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if runnable(p)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_snippets_of_the_page_run(
    page: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    commands = tmp_path_factory.mktemp("commands")
    for story in stories(page):
        retold(story, commands, tmp_path_factory)
    folders = [commands, Path(sys.executable).parent, ROOT / "node_modules/.bin"]
    environment = os.environ | {
        "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]]),
        "ZKCREDIT_CHECKOUT": str(ROOT),
    }
    done = subprocess.run(
        ["bash", "-c", on_a_free_port(script(page))],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_snippets_are_of_a_kind_that_is_checked(page: Path) -> None:
    kinds = {kind for kind, _ in blocks(page)}
    assert kinds <= {"python", "console", "sh", "text", "toctree"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_named_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for kind, body in blocks(page):
        if kind == "sh":
            for line in filter(None, map(str.strip, body.splitlines())):
                command, target = line.split()
                assert command == "make"
                assert target in targets


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
