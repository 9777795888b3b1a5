"""``zkcredit audit``: which wires a circuit leaves free, and who can forge under a key."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit._internal.files import write_atomic
from zkcredit.cli.options import read_as, read_text, require_replaceable
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.audit import CircuitReport, KeyReport
    from zkcredit.r1cs.system import ConstraintSystem

_FINDINGS: Final = 4
_LARGEST: Final = 1 << 32


def audit(
    circuit: Annotated[
        str | None,
        typer.Argument(metavar="[STATEMENT|FILE.r1cs]", help="A statement's name, or a file."),
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Audit all statements.")] = False,
    zkey: Annotated[
        Path | None, typer.Option("--zkey", metavar="KEY", help="Audit this proving key, too.")
    ] = None,
    ptau: Annotated[
        Path | None,
        typer.Option("--ptau", help="The powers of tau from which KEY should be made."),
    ] = None,
    vk: Annotated[
        Path | None, typer.Option("--vk", help="Audit this verification key, too.")
    ] = None,
    wtns: Annotated[
        list[Path] | None,
        typer.Option("--wtns", help="A witness of FILE.r1cs, from which to find a second one."),
    ] = None,
    sym: Annotated[
        Path | None, typer.Option("--sym", help="The names of FILE.r1cs, as circom writes them.")
    ] = None,
    private: Annotated[
        int | None,
        typer.Option("--private", min=0, help="Private inputs, if FILE.r1cs does not tell them."),
    ] = None,
    second: Annotated[
        Path | None,
        typer.Option(
            "--second", metavar="OUT.wtns", help="Write the second witness here, if one is found."
        ),
    ] = None,
) -> None:
    """Audit circuits and keys; exits with 4 if something was found.

    The audit tries to prove that each wire has only one value once the inputs are fixed. It lists
    the wires for which it cannot, and shows a second witness if it finds one. Then it changes wires
    of known witnesses one at a time, and runs known forgeries against the keys. It does not notice
    a missing condition on the inputs: they are taken as given.
    """
    circuits: list[CircuitReport] = []
    system: ConstraintSystem | None = None
    if every:
        if circuit is not None:
            raise InvalidInput("name one statement or file, or use --all")
        from zkcredit.audit import audit_statement
        from zkcredit.circuits import circuit_names

        for name in circuit_names():
            note(f"auditing {name}")
            circuits.append(audit_statement(name))
    elif circuit is not None:
        system, report = _circuit(circuit, wtns or [], sym, private)
        circuits = [report]
    if second is not None and (system is None or not wtns):
        raise InvalidInput("--second needs a .r1cs file and a witness of it (--wtns)")
    if not circuits and zkey is None and vk is None:
        raise InvalidInput("name a statement, a .r1cs file or a key, or use --all")
    if ptau is not None and (zkey is None or system is None):
        raise InvalidInput("--ptau needs exactly one circuit and its --zkey")
    keys = _keys(zkey, ptau, vk, system)
    reports: list[CircuitReport | KeyReport] = [*circuits, *keys]
    findings = sum(len(report.findings) for report in reports)
    if second is not None:
        _write_second(second, circuits[0])
    emit(
        {
            "circuits": [report.as_dict() for report in circuits],
            "keys": [report.as_dict() for report in keys],
            "findings": findings,
        },
        "\n".join(line for report in reports for line in report.lines()),
    )
    if findings:
        raise typer.Exit(_FINDINGS)


def _circuit(
    name: str, wtns: list[Path], sym: Path | None, private: int | None
) -> "tuple[ConstraintSystem, CircuitReport]":
    from zkcredit.audit import WireNames, audit_statement, audit_system, read_symbols
    from zkcredit.circuits import circuit_names, get_circuit

    path = Path(name)
    if name in circuit_names():
        if wtns or sym or private is not None:
            raise InvalidInput("--wtns, --sym and --private need a .r1cs file")
        return get_circuit(name).system, audit_statement(name)
    if path.suffix != ".r1cs":
        known = ", ".join(circuit_names())
        raise InvalidInput(
            f"'{name}' is neither a statement (known: {known}) nor the name of a .r1cs file"
        )
    from zkcredit.bn254.limbs import from_limbs
    from zkcredit.formats import r1cs
    from zkcredit.formats import wtns as wtns_file

    data = read_text(path, _LARGEST)
    system = r1cs.loads(data)
    declared = r1cs.input_wires(data)
    if declared.unnamed and private is None:
        note(
            f"the file counts {declared.unnamed} private inputs and does not say which wires they "
            f"are; if they follow the public inputs, say --private {declared.unnamed}"
        )
    more = range(system.n_public + 1, system.n_public + 1 + (private or 0))
    if more.stop > system.n_wires:
        raise InvalidInput(f"--private {private} is more than the circuit has wires")
    names: Any = {} if sym is None else read_symbols(read_text(sym), system.n_wires)
    witnesses = [from_limbs(read_as(file, wtns_file.loads, _LARGEST)) for file in wtns]
    report = audit_system(
        system,
        given={*declared.wires, *more},
        eliminated=declared.eliminated,
        outputs=range(1, declared.outputs + 1),
        title=name,
        names=WireNames(system, names),
        witnesses=witnesses,
    )
    return system, report


def _write_second(path: Path, report: "CircuitReport") -> None:
    """Write the second witness, and the first one beside it if it has other inputs than given."""
    from zkcredit.bn254.limbs import to_limbs
    from zkcredit.formats import wtns

    if report.second is None:
        note(f"no second witness was found; {path} is not written")
        return
    require_replaceable(path, b"wtns")
    pair = list(zip((path.with_suffix(".first.wtns"), path), report.second, strict=True))
    for file, witness in pair if report.other_inputs else pair[1:]:
        require_replaceable(file, b"wtns")
        write_atomic(file, wtns.dumps(to_limbs(witness)))
        note(f"wrote {file}")


def _keys(
    zkey: Path | None, ptau: Path | None, vk: Path | None, system: "ConstraintSystem | None"
) -> "list[KeyReport]":
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.audit import audit_proving_key, audit_verifying_key
    from zkcredit.formats import snarkjs
    from zkcredit.groth16 import load_ptau

    reports = []
    data = None if zkey is None else read_text(zkey, _LARGEST)
    if data is not None:
        powers = None if ptau is None else load_ptau(ptau)
        with in_file(str(zkey)):
            reports.append(audit_proving_key(data, str(zkey), system, powers))
    if vk is not None:
        text = read_text(vk, snarkjs.MAX_BYTES)
        n_public = None if system is None else system.n_public
        with in_file(vk, text):
            reports.append(audit_verifying_key(text, str(vk), data, n_public))
    return reports
