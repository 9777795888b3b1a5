"""``zkcredit circuit``: the statements, their sizes, files and published records."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import Out, command, read_as, require_replaceable, write_bytes
from zkcredit.cli.output import AS_JSON, emit, note

app = typer.Typer(help="The statements: sizes, files, published records.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="STATEMENT", help="For example: eligibility.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="The record's folder; the published one by default.")
]


@command(app, "list")
def list_() -> None:
    """List the statements."""
    from zkcredit.circuits import circuit_names

    names = list(circuit_names())
    emit({"circuits": names}, "\n".join(names))


@command(app)
def info(name: Name) -> None:
    """Show a statement's size, public inputs and parts."""
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import r1cs

    circuit = get_circuit(name)
    system = circuit.system
    rows = system.n_constraints + system.n_public + 1
    # the text shows the outermost gadgets, the JSON all of them
    counts = circuit.gadget_counts
    parts = counts if AS_JSON.get() else {name: n for name, n in counts.items() if "." not in name}
    emit(
        {
            "name": circuit.name,
            "constraints": system.n_constraints,
            "wires": system.n_wires,
            "domain": 1 << (rows - 1).bit_length(),
            "public_inputs": list(circuit.public_names),
            "gadgets": parts,
            "digest": r1cs.digest(system),
        }
    )


@command(app)
def export(name: Name, *, out: Out) -> None:
    """Write a statement's constraints as an iden3 .r1cs file."""
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import r1cs

    require_replaceable(out, b"r1cs")
    system = get_circuit(name).system
    write_bytes(out, r1cs.dumps(system))
    emit({"file": str(out), "digest": r1cs.digest(system)})


@command(app)
def witness(
    name: Name,
    inputs: Annotated[Path, typer.Argument(metavar="INPUTS.json", help="Field to number(s).")],
    *,
    out: Out,
) -> None:
    """Compute a witness, check it against every constraint, and write a .wtns file.

    The file contains the secret inputs, so only its owner can read it.
    """
    from zkcredit._internal.files import PRIVATE
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.circuits import get_circuit
    from zkcredit.formats import snarkjs, wtns

    require_replaceable(out, b"wtns")
    circuit = get_circuit(name)
    values = read_as(inputs, snarkjs.load_inputs, snarkjs.MAX_BYTES)
    with in_file(inputs):
        array = circuit.witness(values)
    write_bytes(out, wtns.dumps(array), PRIVATE)
    emit({"file": str(out), "wires": len(array)})


@command(app)
def publish(name: Name, *, folder: Folder = None) -> None:
    """Write a statement's published record: text, manifest, vectors, verification key."""
    from zkcredit.published import FILES, write_record

    write_record(name, folder)
    emit({"statement": name, "files": list(FILES)})


@command(app)
def check(name: Name, *, folder: Folder = None) -> None:
    """Check that a published record is what the sources produce; exits with 1 if it is not."""
    from zkcredit.published import stale_files

    stale = stale_files(name, folder)
    emit({"statement": name, "fresh": not stale, "stale": stale})
    if stale:
        note(f"stale; write it again with: zkcredit circuit publish {name}")
        raise typer.Exit(1)
