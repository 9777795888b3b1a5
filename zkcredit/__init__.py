"""Zero-knowledge credit: signed data, eligibility proofs, loans by contract."""
