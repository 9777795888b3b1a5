"""``zkcredit circuit``: the statements, their sizes, files and published records."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zkcredit.cli.options import Out, read_object, require_replaceable
from zkcredit.cli.output import AsJson, emit, note
from zkcredit.errors import MalformedFile

app = typer.Typer(help="The statements: sizes, files, published records.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="STATEMENT", help="For example: eligibility.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="The record's folder; the published one by default.")
]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the statements."""
    from zkcredit.circuits import circuit_names

    names = list(circuit_names())
    emit({"circuits": names}, as_json, "\n".join(names))


@app.command()
def info(name: Name, as_json: AsJson = False) -> None:
    """Show a statement's size, public inputs and parts."""
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import r1cs

    circuit = get_circuit(name)
    system = circuit.system
    rows = system.n_constraints + system.n_public + 1
    # people get the outermost parts, programs all of them
    counts = circuit.gadget_counts
    parts = counts if as_json else {name: n for name, n in counts.items() if "." not in name}
    emit(
        {
            "name": circuit.name,
            "constraints": system.n_constraints,
            "wires": system.n_wires,
            "domain": 1 << (rows - 1).bit_length(),
            "public_inputs": list(circuit.public_names),
            "gadgets": parts,
            "digest": r1cs.digest(system),
        },
        as_json,
    )


@app.command()
def export(name: Name, out: Out, as_json: AsJson = False) -> None:
    """Write a statement's constraints as an iden3 .r1cs file."""
    from zkcredit._internal.files import write_atomic
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import r1cs

    require_replaceable(out, b"r1cs")
    system = get_circuit(name).system
    write_atomic(out, r1cs.dumps(system))
    emit({"file": str(out), "digest": r1cs.digest(system)}, as_json)


@app.command()
def witness(
    *,
    name: Name,
    inputs: Annotated[Path, typer.Argument(metavar="INPUTS.json", help="Field to number(s).")],
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Compute a witness, check it against every constraint, and write a .wtns file.

    The file holds the secrets among the inputs: it is readable by its owner alone.
    """
    from zkcredit._internal.files import PRIVATE, write_atomic
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import wtns

    require_replaceable(out, b"wtns")
    circuit = get_circuit(name)
    values = {
        field: _numbers(field, value) for field, value in read_object(inputs, "inputs").items()
    }
    array = circuit.witness(values)
    write_atomic(out, wtns.dumps(array), mode=PRIVATE)
    emit({"file": str(out), "wires": len(array)}, as_json)


@app.command()
def publish(name: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Write a statement's published record: text, manifest, vectors, verification key."""
    from zkcredit.published import FILES, write_record

    write_record(name, folder)
    emit({"statement": name, "files": list(FILES)}, as_json)


@app.command()
def check(name: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Check that a published record is what the sources make; exits with 1 where it is not."""
    from zkcredit.published import stale_files

    stale = stale_files(name, folder)
    emit({"statement": name, "fresh": not stale, "stale": stale}, as_json)
    if stale:
        note(f"stale; write it again with: zkcredit circuit publish {name}")
        raise typer.Exit(1)


def _numbers(field: str, value: Any) -> int | list[int]:
    if isinstance(value, list):
        return [_number(field, entry) for entry in value]
    return _number(field, value)


def _number(field: str, value: Any) -> int:
    # decimal text, as snarkjs writes inputs, or a JSON integer
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 80:
        return int(value)
    raise MalformedFile(f"inputs: {field} must be an integer or decimal digits as text")
