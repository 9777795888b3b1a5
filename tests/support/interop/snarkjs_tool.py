"""Run the snarkjs and circom of package.json."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _run(tool: str, folder: Path, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "node_modules" / ".bin" / tool), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def snarkjs(folder: Path, *arguments: str) -> str:
    """Run snarkjs in a folder; it must succeed. Returns what it printed."""
    result = _run("snarkjs", folder, arguments)
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    assert "ERROR" not in output, output
    return output


def snarkjs_accepts(folder: Path, *arguments: str) -> bool:
    """Whether a verifying command of snarkjs accepts; false also where it fails otherwise."""
    result = _run("snarkjs", folder, arguments)
    return result.returncode == 0 and "OK!" in result.stdout.upper()


def circom(folder: Path, *arguments: str) -> None:
    """Compile a circuit."""
    result = _run("circom2", folder, arguments)
    assert result.returncode == 0, result.stdout + result.stderr


def powers_of_tau(folder: Path, power: int, parties: int = 1) -> str:
    """A powers-of-tau file of contributions with public entropy: for tests alone."""
    snarkjs(folder, "powersoftau", "new", "bn128", str(power), "0.ptau")
    for i in range(1, parties + 1):
        files = f"{i - 1}.ptau", f"{i}.ptau"
        snarkjs(folder, "powersoftau", "contribute", *files, f"--name={i}", f"-e=abc{i}")
    snarkjs(folder, "powersoftau", "prepare", "phase2", f"{parties}.ptau", "final.ptau")
    return "final.ptau"


def ceremony(folder: Path, circuit: str, ptau: str) -> str:
    """A key of two contributions with public entropy: for tests alone."""
    snarkjs(folder, "groth16", "setup", circuit, ptau, "k0.zkey")
    snarkjs(folder, "zkey", "contribute", "k0.zkey", "k1.zkey", "--name=one", "-e=x1")
    snarkjs(folder, "zkey", "contribute", "k1.zkey", "k2.zkey", "--name=two", "-e=x2")
    return "k2.zkey"
