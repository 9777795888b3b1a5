"""``zkcredit doctor``: check what works on this machine, and say how to repair the rest."""

import platform
import sys
from collections.abc import Callable
from typing import Any

import typer

from zkcredit.cli.output import emit
from zkcredit.errors import InvalidInput, ZkCreditError


def doctor() -> None:
    """Check the installation; exits with 1 if something that everybody needs does not work."""
    checks = [
        _check("python", True, _python),
        _check("kernel", True, _kernel),
        _check("statement", True, _statement),
        _check("proof", True, _proof),
        _check("published record", True, _record),
        _check("cache", False, _cache),
        _check("chain extra", False, lambda: _importable("web3", "zkcredit[chain]")),
        _check("embedded chain", False, lambda: _importable("eth_tester", "zkcredit[tester]")),
        _check("fast embedded chain", False, lambda: _importable("pyrevm", "zkcredit[tester]")),
    ]
    fine = all(check["ok"] for check in checks if check["required"])
    lines = [
        f"{'ok ' if check['ok'] else 'NO ' if check['required'] else '-  '} "
        f"{check['name']}: {check['detail']}"
        for check in checks
    ]
    emit({"ok": fine, "checks": checks}, "\n".join(lines))
    if not fine:
        raise typer.Exit(1)


def _check(name: str, required: bool, run: Callable[[], str]) -> dict[str, Any]:
    try:
        ok, detail = True, run()
    except (ZkCreditError, ImportError, OSError) as error:
        ok, detail = False, f"{type(error).__name__}: {error}"
    return {"name": name, "ok": ok, "required": required, "detail": detail}


def _python() -> str:
    return f"{platform.python_version()} on {platform.machine()}, {sys.platform}"


def _kernel() -> str:
    import zkcredit._kernel as kernel
    from zkcredit.groth16.kernel import default_threads

    return f"{kernel.kernel_name()}, {default_threads()} threads"


def _statement() -> str:
    from zkcredit.circuits import get_circuit

    return f"eligibility, {get_circuit('eligibility').system.n_constraints} constraints"


def _proof() -> str:
    import time
    import warnings

    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove, verify
    from zkcredit.published.samples import samples

    circuit = get_circuit("eligibility")
    key = load_or_create_dev_key(circuit)
    values = next(iter(samples("eligibility").satisfied.values()))
    public: list[int] = [values[name] for name in circuit.public_names]  # type: ignore[misc]  # each is one int
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnsafeKeyWarning)
        start = time.perf_counter()
        proof = prove(key, circuit.witness(values))
        took = (time.perf_counter() - start) * 1000
        verify(key.verifying_key, public, proof)
    return f"made and verified, {took:.0f} ms"


def _record() -> str:
    from zkcredit.published import dev_verifying_key

    key = dev_verifying_key("eligibility")
    return f"eligibility, {key.n_public} public inputs, {key.origin} key"


def _cache() -> str:
    import os

    from zkcredit.groth16.setup import dev_cache_folder

    folder = dev_cache_folder()
    if not os.access(folder, os.W_OK):
        raise InvalidInput(f"{folder} cannot be written, so keys are made again each time")
    return str(folder)


def _importable(module: str, extra: str) -> str:
    from importlib import import_module

    try:
        import_module(module)
    except ImportError:
        raise InvalidInput(f"not installed; pip install '{extra}'") from None
    return f"{module} found"
