"""Audits of keys: what makes them unsafe, and the known forgeries run against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.audit.report import Finding, KeyReport
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.formats import snarkjs, zkey
from zkcredit.groth16 import VerifyingKey, keyfile, verify_ceremony
from zkcredit.groth16.forgery import FORGERIES, UncheckedKey, forged
from zkcredit.groth16.prover import require_circuit

if TYPE_CHECKING:
    from zkcredit.formats.ptau import PtauFile
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["audit_proving_key", "audit_verifying_key"]

_DEV = "a dev key: its trapdoor is public, so everybody can forge proofs; use it for tests only"
_ALONE = "one party alone made it, and can forge proofs under it"


def audit_proving_key(
    data: bytes,
    name: str,
    system: ConstraintSystem | None = None,
    powers: PtauFile | None = None,
) -> KeyReport:
    """Audit a ``.zkey``: its points, its relations, its ceremony, and the circuit that it is for.

    Args:
        data: the file's content.
        name: the report's name for the key.
        system: the circuit that the key should be for.
        powers: the powers of tau that the key should be made from; used only with ``system``.

    Raises:
        MalformedFile: if the bytes are not a Groth16 ``.zkey``, or the powers are inconsistent.
        InvalidInput: if the powers are too few for the circuit, or not prepared.
    """
    file = zkey.loads(data)
    parties = sum(not step.is_beacon for step in file.contributions)
    findings: list[Finding] = []
    notes: list[str] = []
    origin = ""
    try:
        key = keyfile.loads(data)
        origin = key.origin
        if system is not None:
            require_circuit(key, system)
            if powers is not None and file.contributions:
                ceremony = verify_ceremony(key, system, powers)
                origin = ceremony.origin
                notes.append(ceremony.in_words())
    except UnsafeKey as error:
        findings.append(Finding("unsafe key", str(error)))
    tried = _forge(UncheckedKey.of_zkey(file), findings)
    if not parties and origin != "dev":
        findings.append(Finding("unsafe key", "no contribution to phase 2 of the setup: " + _ALONE))
    elif origin == "dev":
        findings.append(Finding("unsafe key", _DEV))
    elif origin == "single-party":
        what = "a single contribution to one of its phases: "
        findings.append(Finding("unsafe key", what + _ALONE))
    if parties and (system is None or powers is None):
        notes.append("not checked: whether the circuit and the powers fit, and the contributions "
                     "follow from one another; name both, with --ptau")  # fmt: skip
    return KeyReport(name, origin, parties, tried, tuple(notes), tuple(findings))


def audit_verifying_key(
    text: bytes, name: str, proving_key: bytes | None = None, n_public: int | None = None
) -> KeyReport:
    """Audit a ``verification_key.json``.

    Args:
        text: the document.
        name: the report's name for the key.
        proving_key: the ``.zkey`` that the key should belong to.
        n_public: the circuit's number of public inputs.

    Raises:
        MalformedFile: if the text is not a verification key, or the bytes are not a ``.zkey``.
    """
    document = snarkjs.load_verification_key(text)
    unchecked = UncheckedKey.of_document(document)
    findings: list[Finding] = []
    notes: list[str] = []
    origin = ""
    try:
        origin = VerifyingKey.from_json(text).origin
        if origin == "dev":
            findings.append(Finding("unsafe key", _DEV))
        elif origin == "single-party":
            notes.append("the document does not say who made the key: ask for its .zkey")
    except UnsafeKey as error:
        findings.append(Finding("unsafe key", str(error)))
    if n_public is not None and len(unchecked.ic) != n_public + 1:
        findings.append(
            Finding("unsafe key", f"the key is for {len(unchecked.ic) - 1} public inputs; the "
                    f"circuit has {n_public}")
        )  # fmt: skip
    if proving_key is not None and unchecked != UncheckedKey.of_zkey(zkey.loads(proving_key)):
        findings.append(Finding("unsafe key", "it is not the verification key of this .zkey"))
    tried = _forge(unchecked, findings)
    return KeyReport(name, origin, None, tried, tuple(notes), tuple(findings))


def _forge(key: UncheckedKey, findings: list[Finding]) -> int:
    """Try the forgeries, add a finding for each that verifies, and return how many were tried."""
    public = list(range(1, len(key.ic)))
    try:
        found = forged(key, public)
    except InvalidInput:
        return 0  # a point is off its curve, which is a finding already
    if found is not None:
        relation, _ = found
        text = f"{relation}: a proof of {public} was made without a witness, and verifies"
        findings.append(Finding("forgery", text))
    return len(FORGERIES)
