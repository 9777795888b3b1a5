"""Make many proofs on threads, processes or a cluster, and verify many proofs together."""
