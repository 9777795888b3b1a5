"""groth16py (arkworks). Arguments: folder, and "--once" for a process that proves and ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import groth16py

folder = Path(sys.argv[1])
zkey, witness = str(folder / "credit.zkey"), str(folder / "credit.wtns")


def main() -> None:
    """Serve, with the first circuit compiled so that it also computes witnesses."""
    from turns import serve

    sources = (str(folder / "credit.circom"), [str(folder / "circomlib")])
    pk, vk = groth16py.import_zkey(zkey, *sources)
    print(file=sys.stdout, flush=True)  # ends the compiler's last line
    own_pk, _ = groth16py.import_zkey(str(folder / "eligibility.zkey"))
    own_witness = str(folder / "eligibility.wtns")
    verifier = groth16py.Verifier(vk)
    public = [int(text) for text in json.loads((folder / "public.json").read_text())]
    inputs = {name: _numbers(v) for name, v in json.loads(_text("input.json")).items()}
    example: bytes = groth16py.prove_wtns(pk, witness)

    def verify() -> None:
        if not verifier.verify(example, public):
            raise SystemExit("groth16py does not accept its own proof")

    def words(proof: bytes) -> list[int]:
        return [int.from_bytes(proof[i : i + 32], "big") for i in range(0, 256, 32)]

    serve(
        {
            "prove": lambda: groth16py.prove_wtns(pk, witness),
            "prove_eligibility": lambda: groth16py.prove_wtns(own_pk, own_witness),
            "from_inputs": lambda: groth16py.prove(pk, inputs),
            "verify": verify,
        },
        words,
    )


def _text(name: str) -> str:
    return (folder / name).read_text()


def _numbers(value: object) -> object:
    return [_numbers(v) for v in value] if isinstance(value, list) else int(str(value))


if "--once" in sys.argv:
    key, _ = groth16py.import_zkey(zkey)
    (folder / "groth16py.proof").write_bytes(groth16py.prove_wtns(key, witness))
else:
    main()
