"""Write the good files of the corpus. What once did harm is added by hand, and stays."""

from __future__ import annotations

import sys
from pathlib import Path

from parsers import CORPUS, PASSWORD

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))


def main() -> None:
    """Fill ``corpus/<parser>/good-*``."""
    import arbiter_case
    import groth16_toy as toy
    import ledger_desk
    import nouns
    from known_powers import known_powers

    from zkcredit.consent import Consent
    from zkcredit.envelope import Envelope
    from zkcredit.formats import calldata, ptau
    from zkcredit.groth16 import keyfile
    from zkcredit.presentation import Presentation
    from zkcredit.registry import RegistrySnapshot, RevocationList
    from zkcredit.sealed_store import SealedStore
    from zkcredit.secretbox import KdfCost

    vectors = ROOT / "tests" / "vectors" / "snarkjs_toy"
    powers = (ROOT / "tests" / "vectors" / "snarkjs_ptau" / "power4.ptau").read_bytes()
    credential = nouns.credential()
    revoked = RevocationList.sign(nouns.signing_key(), [5, 9, 4000], nouns.NOW)
    proof = (toy.PROOF.a, toy.PROOF.b, toy.PROOF.c)
    good: dict[str, list[bytes]] = {
        "r1cs": [(vectors / "toy.r1cs").read_bytes()],
        "wtns": [(vectors / "toy.wtns").read_bytes()],
        "zkey": [(vectors / f"{name}.zkey").read_bytes() for name in ("ceremony", "uncontributed")],
        "proving_key": [(vectors / "single.zkey").read_bytes(), keyfile.dumps(toy.dev_key())],
        "ptau": [powers, ptau.dumps(known_powers(1, prepared=False))],
        "phase1": [ptau.dumps(known_powers(1)), powers],
        "proof": [(vectors / "proof.json").read_bytes()],
        "public": [(vectors / "public.json").read_bytes(), b"[]"],
        "verification_key": [
            (vectors / "verification_key.json").read_bytes(),
            toy.verifying_key().to_json().encode(),
        ],
        "calldata": [calldata.to_bytes(proof)],
        "credential": [credential.to_json().encode()],
        "holder_card": [nouns.card().to_json().encode()],
        "envelope": [Envelope.seal(credential, nouns.card()).to_json().encode()],
        "presentation": [Presentation(1, 2, 3, 4, 5, toy.PROOF).to_json().encode()],
        "revocation_list": [revoked.to_json().encode()],
        "registry": [RegistrySnapshot.of(revoked).to_json().encode()],
        "manifest": [
            (ROOT / "circuits" / name / "manifest.json").read_bytes()
            for name in ("eligibility", "ledger_eligibility")
        ],
        "consent": [Consent("a lender", "a loan", nouns.NOW, 1).to_json().encode()],
        "ledger_card": [ledger_desk.ledger_card().to_json().encode()],
        "sealed_entry": [ledger_desk.sealed_for().to_json().encode()],
        "ledger_entry": [ledger_desk.ACCOUNT.to_bytes()],
        "arbiter_group": [arbiter_case.GROUP.to_json().encode()],
        "partial_opening": [arbiter_case.opening(2).to_json().encode()],
    }
    wallet = CORPUS / "wallet" / "good-0"
    wallet.parent.mkdir(parents=True, exist_ok=True)
    wallet.unlink(missing_ok=True)
    records = [("seed", "1", b"nothing"), ("credential", "a", b"x" * 300)]
    SealedStore.create(wallet, "wallet", PASSWORD, records, KdfCost(log2_n=1)).close()
    for name, files in good.items():
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(files):
            (CORPUS / name / f"good-{i}").write_bytes(data)


if __name__ == "__main__":
    main()
