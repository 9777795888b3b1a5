"""The published record of each statement: what everybody may check and build on.

``circuits/<statement>/`` holds four files. ``python -m zkcredit.published`` writes them, and a test
keeps them fresh:

* ``statement.md``: the relation in words, the order of the public inputs, the counts;
* ``manifest.json``: the same for programs, with the sha256 of the circuit and of the other files;
* ``verification_key.json``: the **dev** key, under which everybody can forge. It is the same on
  every machine, and its mark keeps it from public chains;
* ``vectors.json``: assignments that satisfy the statement with their public inputs, and changes
  to them that must be refused.

Numbers in ``vectors.json`` are decimal strings, since most JSON readers lose digits.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal import resources
from zkcredit._internal.files import read_limited, write_together
from zkcredit._internal.json import integer, members, parse
from zkcredit._internal.text import html_table
from zkcredit.circuits.catalogue import circuit_names, get_circuit, get_statement
from zkcredit.errors import InvalidInput, MalformedFile, UnsatisfiedWitness
from zkcredit.formats import r1cs
from zkcredit.groth16.keys import VerifyingKey
from zkcredit.groth16.setup import dev_setup
from zkcredit.published.samples import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from zkcredit.r1cs import Circuit

__all__ = [
    "FILES",
    "Manifest",
    "dev_verifying_key",
    "load_manifest",
    "make_record",
    "stale_files",
    "write_record",
]

MANIFEST: Final = "manifest.json"
FILES: Final = (MANIFEST, "statement.md", "vectors.json", "verification_key.json")
"""The files of a record."""

_MODULE: Final = "zkcredit.published"
_FORMAT: Final = 1
_MAX_BYTES: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Manifest:
    """A published statement in numbers.

    Attributes:
        statement: its name.
        public: names of the public inputs in order.
        private: private field → number of elements.
        advice: field that only hints use → number of elements.
        constraints: number of constraints.
        wires: number of wires.
        domain: the power of two that the key is for.
        gadgets: outermost gadget → constraints.
        circuit: ``formats.r1cs.digest`` of the constraints.
        key: origin of the published key: "dev".
        files: other file of the record → its sha256.
    """

    statement: str
    public: tuple[str, ...]
    private: Mapping[str, int]
    advice: Mapping[str, int]
    constraints: int
    wires: int
    domain: int
    gadgets: Mapping[str, int]
    circuit: str
    key: str
    files: Mapping[str, str]

    def to_json(self) -> str:
        """Write the text of ``manifest.json``."""
        document: dict[str, Any] = {"format": _FORMAT}
        for name in self.__slots__:
            value = getattr(self, name)
            document[name] = list(value) if isinstance(value, tuple) else value
        return _render(document)

    def _repr_html_(self) -> str:
        rows = [
            ("public inputs, in order", ", ".join(self.public)),
            ("private inputs", ", ".join(self.private)),
            ("constraints", self.constraints),
            ("wires", self.wires),
            ("domain", self.domain),
            *((f"constraints of {name}", count) for name, count in self.gadgets.items()),
            ("circuit", self.circuit),
            ("key", self.key),
        ]
        return html_table(f"Statement {self.statement}", (), rows)

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Read exactly what ``to_json`` writes.

        Raises:
            MalformedFile: if the text is not such a document, or has another format.
        """
        what = "manifest"
        document = members(parse(text, what, _MAX_BYTES), ("format", *cls.__slots__), what)
        if document.pop("format") != _FORMAT:
            raise MalformedFile("the manifest has another format")
        for name in ("constraints", "wires", "domain"):
            integer(document[name], f"{what}: {name}")
        for name in ("statement", "circuit", "key"):
            _require_all(str, [document[name]], name)
        for name, kind in (("private", int), ("advice", int), ("gadgets", int), ("files", str)):
            if not isinstance(document[name], dict):
                raise MalformedFile(f"{what}: {name} must be an object")
            _require_all(kind, document[name].values(), name)
        if not isinstance(document["public"], list):
            raise MalformedFile(f"{what}: public must be a list")
        _require_all(str, document["public"], "public")
        return cls(**{**document, "public": tuple(document["public"])})


def load_manifest(statement: str) -> Manifest:
    """Load the manifest of a published statement.

    Raises:
        InvalidInput: if the statement is not published with this installation.
        MalformedFile: if its manifest is damaged.
    """
    manifest = Manifest.from_json(read_limited(_folder(statement) / MANIFEST, _MAX_BYTES))
    if manifest.statement != statement:
        raise MalformedFile(f"the manifest is not that of '{statement}'")
    return manifest


def dev_verifying_key(statement: str) -> VerifyingKey:
    """UNSAFE: load the published dev key of a statement, to verify with if no value is at risk.

    Raises:
        InvalidInput: if the statement is not published with this installation.
        MalformedFile: if the record is damaged, or its parts do not belong together.
    """
    manifest = load_manifest(statement)
    data = read_limited(_folder(statement) / "verification_key.json", _MAX_BYTES)
    if _sha256(data) != manifest.files.get("verification_key.json"):
        raise MalformedFile(f"the verification key of '{statement}' is not the published one")
    key = VerifyingKey.from_json(data)
    if key.circuit_digest != manifest.circuit or key.n_public != len(manifest.public):
        raise MalformedFile(f"the verification key of '{statement}' is for another circuit")
    return key


def make_record(statement: str) -> dict[str, bytes]:
    """Make the files of a statement's record from the sources, in a second or two.

    Raises:
        InvalidInput: if there is no such statement.
        UnsatisfiedWitness: if a sample that must hold does not, or one that must be refused holds.
    """
    circuit = get_circuit(statement)
    key = dev_setup(circuit.system)
    advice = dict(get_statement(statement).advice)
    files = {
        "statement.md": _statement_text(circuit, key.domain_size),
        "vectors.json": _vectors(circuit),
        "verification_key.json": key.verifying_key.to_json(),
    }
    encoded = {name: text.encode() for name, text in files.items()}
    manifest = Manifest(
        statement=statement,
        public=circuit.public_names,
        private={
            name: length
            for name, length in circuit.inputs.items()
            if name not in circuit.public_names and name not in advice
        },
        advice=advice,
        constraints=circuit.system.n_constraints,
        wires=circuit.system.n_wires,
        domain=key.domain_size,
        gadgets=_outermost(circuit),
        circuit=r1cs.digest(circuit.system),
        key=key.origin,
        files={name: _sha256(data) for name, data in encoded.items()},
    )
    return {MANIFEST: manifest.to_json().encode(), **encoded}


def stale_files(statement: str, folder: Path | None = None) -> list[str]:
    """Return the names of the files that are missing, changed or unknown; a fresh record has none.

    Raises:
        InvalidInput: if there is no such statement.
    """
    path = _folder(statement) if folder is None else folder
    expected = make_record(statement)
    present = {file.name for file in path.iterdir()} if path.is_dir() else set()
    changed = {
        name
        for name in present & expected.keys()
        if read_limited(path / name, _MAX_BYTES) != expected[name]
    }
    return sorted(changed | (present ^ expected.keys()))


def write_record(statement: str, folder: Path | None = None) -> None:
    """Write the record of a statement.

    Args:
        statement: its name.
        folder: where to write; by default, ``circuits/<statement>`` of the checkout.

    Raises:
        InvalidInput: if there is no such statement, or no checkout or folder to write to.
    """
    record = make_record(statement)
    path = folder
    if path is None:
        top = resources.checkout()
        if top is None:
            raise InvalidInput("records can only be written in a checkout of the repository")
        path = top / "circuits" / statement
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot make the folder {path}: {error.strerror}") from None
    write_together([(path / name, data) for name, data in record.items()])


def _folder(statement: str) -> Path:
    if statement not in circuit_names():
        raise InvalidInput(f"unknown statement '{statement}'")
    return resources.folder("circuits") / statement


def _vectors(circuit: Circuit) -> str:
    examples = samples(circuit.name)
    satisfied = []
    for name, values in examples.satisfied.items():
        circuit.witness(values)
        satisfied.append(
            {
                "name": name,
                "inputs": _decimal(values),
                "public": [str(values[field]) for field in circuit.public_names],
            }
        )
    refused = []
    for case in examples.refused:
        values = {**examples.satisfied[case.base], **case.changes}
        refused.append(
            {
                "name": case.name,
                "base": case.base,
                "changes": _decimal(case.changes),
                "gadget": _refusing_gadget(circuit, case.name, values),
            }
        )
    return _render(
        {
            "statement": circuit.name,
            "circuit": r1cs.digest(circuit.system),
            "satisfied": satisfied,
            "refused": refused,
        }
    )


def _refusing_gadget(circuit: Circuit, name: str, values: Mapping[str, int | Sequence[int]]) -> str:
    try:
        circuit.witness(values)
    except UnsatisfiedWitness as error:
        return error.gadget
    raise UnsatisfiedWitness(f"the sample '{name}' must be refused, but satisfies the statement")


def _decimal(values: Mapping[str, int | Sequence[int]]) -> dict[str, str | list[str]]:
    return {
        name: str(value) if isinstance(value, int) else [str(element) for element in value]
        for name, value in values.items()
    }


def _statement_text(circuit: Circuit, domain: int) -> str:
    specification = inspect.getdoc(inspect.getmodule(type(get_statement(circuit.name)))) or ""
    s = circuit.system
    lines = [
        f"<!-- Written by `python -m {_MODULE}`. -->",
        "",
        f"# The statement `{circuit.name}`",
        "",
        specification.strip(),
        "",
        "## Public inputs, in order",
        "",
        "| index | name |",
        "|---|---|",
        *(f"| {i} | `{name}` |" for i, name in enumerate(circuit.public_names)),
        "",
        "## Size",
        "",
        f"{s.n_constraints:,} constraints, {s.n_wires:,} wires, evaluation domain "
        f"{domain:,}. Circuit digest (sha256 of the `.r1cs` file):",
        "",
        f"    {r1cs.digest(s)}",
        "",
        "| part | constraints |",
        "|---|---|",
        *(f"| `{name}` | {count:,} |" for name, count in _outermost(circuit).items()),
        "",
        "## The key beside this file",
        "",
        "`verification_key.json` is the dev key. Its trapdoor is public, so everybody can forge",
        "proofs under it: it is for tests, demonstrations and local chains. A key for real value",
        "comes from a ceremony.",
    ]
    return "\n".join(lines) + "\n"


def _require_all(kind: type, values: Iterable[object], name: str) -> None:
    if not all(type(value) is kind for value in values):
        raise MalformedFile(f"manifest: {name} has a value that is not a {kind.__name__}")


def _outermost(circuit: Circuit) -> dict[str, int]:
    return {name: count for name, count in circuit.gadget_counts.items() if "." not in name}


def _render(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"python -m {_MODULE}", description="Write the published records of the statements."
    )
    parser.add_argument("statement", nargs="*", help="which ones; by default, all")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and fail if a record is stale"
    )
    options = parser.parse_args(arguments)
    status = 0
    for statement in options.statement or circuit_names():
        if not options.check:
            write_record(statement)
        elif stale := stale_files(statement):
            sys.stdout.write(f"{statement}: stale: {', '.join(stale)}\n")
            status = 1
    return status
