"""zksnake. Arguments: folder. It cannot read a .zkey, so it makes its own key in two minutes."""

from __future__ import annotations

import sys
from pathlib import Path

from turns import serve
from zksnake.arithmetization import R1CS
from zksnake.groth16 import Groth16
from zksnake.parser import R1CSReader

folder = Path(sys.argv[1])
wires: list[str] = []
read = R1CSReader.read


def remembering(self: R1CSReader) -> dict[str, list[object]]:
    """Keep the names of the wires, by which the witness is given."""
    result: dict[str, list[object]] = read(self)
    wires.extend(str(wire) for wire in result["wires"])
    return result


R1CSReader.read = remembering
circuit = R1CS.from_file(str(folder / "credit.r1cs"))
circuit.compile()
data = (folder / "credit.wtns").read_bytes()[-32 * len(wires) :]
values = [int.from_bytes(data[i : i + 32], "little") for i in range(0, len(data), 32)]
public, private = circuit.generate_witness(dict(zip(wires, values, strict=True)))
system = Groth16(circuit)
system.setup()
proofs: list[object] = [system.prove(public, private)]


def prove() -> None:
    """Keep the proof: it is under a key of its own, so that only ``verify`` can check it."""
    proofs[:] = [system.prove(public, private)]


def verify() -> None:
    """End the process if the last proof is wrong, so that it is not timed."""
    if not system.verify(proofs[-1], public):
        raise SystemExit("zksnake does not accept its own proof")


serve({"prove": prove, "verify": verify}, lambda _: [])
