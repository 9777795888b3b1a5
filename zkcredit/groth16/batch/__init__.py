"""Many proofs: made on threads, processes or a cluster, and verified together."""
