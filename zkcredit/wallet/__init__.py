"""The borrower's side: one seed, one encrypted file, and proofs made from what is in it."""

from __future__ import annotations
